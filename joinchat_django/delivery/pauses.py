"""Holding a whole bot back while JoinChat refuses it, and letting it go on."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from django.db import router, transaction
from django.db.models import F, Q, QuerySet

from joinchat_django.models import BotState

from .clock import DatabaseNow
from .retrying import ExponentialInterval

#: A refused bot is probed after 30 seconds, and then at growing intervals up to a quarter hour.
PROBES = ExponentialInterval(first=30.0, factor=2.0, longest=900.0)


def allowance(bot: str, limit: int) -> int:
    """Return how many of a bot's rows may be claimed at once.

    None of a paused bot's, one when its pause has run out (the probe), else ``limit``.
    """
    state = _states().filter(bot=bot, is_paused=True)
    held = Q(paused_until__isnull=True) | Q(paused_until__gt=DatabaseNow())
    if state.filter(held).exists():
        return 0
    return 1 if state.exists() else limit


def pause(bot: str, seconds: float, reason: str) -> bool:
    """Send nothing of a bot for some seconds, and tell whether it was sending until now.

    Infinity stands for the next growing interval. The caller sends ``bot_paused``.
    """
    with transaction.atomic(using=router.db_for_write(BotState)):
        state = locked_state(bot)
        if math.isinf(seconds):
            seconds = PROBES.after(state.pauses + 1)
        _states().filter(bot=bot).update(
            is_paused=True,
            paused_until=DatabaseNow() + timedelta(seconds=seconds),
            pauses=F("pauses") + 1,
            reason=reason,
            **_now(),
        )
    return not state.is_paused


def resume(bot: str) -> bool:
    """Let a bot send again, and tell whether it was paused."""
    return bool(_states().filter(bot=bot, is_paused=True).update(**_SENDING, **_now()))


def accepted(bot: str) -> bool:
    """Take note of an accepted message, and tell whether it was the probe that ends a pause.

    A pause without an end was somebody's wish and stays. A series of rejections is over.
    """
    _states().filter(bot=bot).exclude(last_rejection="").update(last_rejection="", rejected_rows=[])
    probed = _states().filter(bot=bot, is_paused=True, paused_until__isnull=False)
    return bool(probed.update(**_SENDING, **_now()))


def locked_state(bot: str) -> BotState:
    """Return what is known of a bot, locked until the running transaction ends."""
    _states().get_or_create(bot=bot)
    return _states().select_for_update().get(bot=bot)


_SENDING: dict[str, Any] = {"is_paused": False, "paused_until": None, "pauses": 0, "reason": ""}


def _now() -> dict[str, Any]:
    return {"changed_at": DatabaseNow()}


def _states() -> QuerySet[BotState]:
    return BotState.objects.using(router.db_for_write(BotState))
