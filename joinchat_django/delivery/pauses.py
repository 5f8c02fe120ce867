"""Holding a whole bot back while JoinChat refuses it, and letting it go on."""

from __future__ import annotations

import enum
import math
from datetime import datetime, timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import F, Q

from joinchat_django.models import BotState
from joinchat_django.models.primary import on_primary

from .clock import DatabaseNow
from .retrying import ExponentialInterval

#: A refused bot is probed after 30 seconds, and then at growing intervals up to a quarter hour.
PROBES = ExponentialInterval(first=30.0, factor=2.0, longest=900.0)


#: Until when this process's latest probe of each bot keeps others from one. That moment is in the
#: table, too, and marks the probe there.
_probes: dict[str, datetime | None] = {}


class Admission(enum.Enum):
    """What of a bot may be sent: everything, one message to try whether it is let in, nothing."""

    OPEN = "open"
    PROBE = "probe"
    CLOSED = "closed"


def admission(bot: str, *, probe_seconds: float) -> Admission:
    """Return what of a bot may be sent now.

    When a pause has run out, whoever asks first gets the one probe, and everybody else has to
    wait until it has been answered or ``probe_seconds`` have passed.
    """
    paused = on_primary(BotState).filter(bot=bot, is_paused=True)
    if not paused.exists():
        return Admission.OPEN
    over = paused.filter(paused_until__lte=DatabaseNow())
    until = DatabaseNow() + timedelta(seconds=probe_seconds)
    with transaction.atomic(using=paused.db):
        if not over.update(paused_until=until):
            return Admission.CLOSED
        _probes[bot] = on_primary(BotState).values_list("paused_until", flat=True).get(bot=bot)
    return Admission.PROBE


def give_back_probe(bot: str) -> None:
    """Let somebody else have a probe of this process that was not made.

    A pause that has changed since then stays as it is.
    """
    if until := _probes.get(bot):
        probed = on_primary(BotState).filter(bot=bot, is_paused=True, paused_until=until)
        probed.update(paused_until=DatabaseNow())


def pause(bot: str, seconds: float, reason: str, *, by_probe: bool = False) -> bool:
    """Send nothing of a bot for some seconds, and tell whether it was sending until now.

    Infinity stands for the next growing interval. Calls that had begun before the pause may end
    the same way: only a probe makes it longer then, or a server that asks for a longer wait. A
    pause without an end stays as it is. The caller sends ``bot_paused``.
    """
    with transaction.atomic(using=router.db_for_write(BotState)):
        state = locked_state(bot)
        mine = on_primary(BotState).filter(bot=bot)
        if state.is_paused and (state.paused_until is None or not by_probe):
            if math.isfinite(seconds):
                until = DatabaseNow() + timedelta(seconds=seconds)
                mine.filter(paused_until__lt=until).update(paused_until=until)
            return False
        if math.isinf(seconds):
            seconds = PROBES.after(state.pauses + 1)
        mine.update(
            is_paused=True,
            paused_until=DatabaseNow() + timedelta(seconds=seconds),
            pauses=F("pauses") + 1,
            reason=reason,
            **_now(),
        )
    return not state.is_paused


def pause_by_hand(bot: str, reason: str) -> bool:
    """Send nothing of a bot until somebody resumes it, and tell whether that is new.

    A pause that would have ended by itself has no end from now on. The caller sends
    ``bot_paused``.
    """
    with transaction.atomic(using=router.db_for_write(BotState)):
        state = locked_state(bot)
        if state.is_paused and state.paused_until is None:
            return False
        mine = on_primary(BotState).filter(bot=bot)
        mine.update(is_paused=True, paused_until=None, reason=reason, **_now())
    return True


def resume(bot: str) -> bool:
    """Let a bot send again, and tell whether it was paused."""
    return bool(on_primary(BotState).filter(bot=bot, is_paused=True).update(**_SENDING, **_now()))


def accepted(bot: str, *, by_probe: bool) -> bool:
    """Take note of an accepted message, and tell whether it was the probe that ends a pause.

    A pause without an end was somebody's wish and stays. A series of rejections is over.
    """
    known = on_primary(BotState).filter(~Q(last_rejection="") | Q(is_paused=True), bot=bot)
    if not known.exists():
        return False
    known.exclude(last_rejection="").update(last_rejection="", rejected_rows=[])
    probed = on_primary(BotState).filter(bot=bot, is_paused=True, paused_until__isnull=False)
    return by_probe and bool(probed.update(**_SENDING, **_now()))


def locked_state(bot: str) -> BotState:
    """Return what is known of a bot, locked until the running transaction ends."""
    on_primary(BotState).get_or_create(bot=bot)
    return on_primary(BotState).select_for_update().get(bot=bot)


_SENDING: dict[str, Any] = {"is_paused": False, "paused_until": None, "pauses": 0, "reason": ""}


def _now() -> dict[str, Any]:
    return {"changed_at": DatabaseNow()}
