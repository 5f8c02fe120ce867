"""Holding a whole bot back while JoinChat refuses it, and letting it go on."""

from __future__ import annotations

import math
from datetime import timedelta

from django.db import router
from django.db.models import F, Q, QuerySet

from joinchat_django.models import BotState
from joinchat_django.signals import bot_paused

from .announcing import announce
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


def pause(bot: str, seconds: float, reason: str) -> None:
    """Send nothing of a bot for some seconds; infinity stands for the next growing interval.

    Sends ``bot_paused`` unless the bot was paused already.
    """
    state, _created = _states().get_or_create(bot=bot)
    if math.isinf(seconds):
        seconds = PROBES.after(state.pauses + 1)
    _states().filter(bot=bot).update(
        is_paused=True,
        paused_until=DatabaseNow() + timedelta(seconds=seconds),
        pauses=F("pauses") + 1,
        reason=reason,
        changed_at=DatabaseNow(),
    )
    if not state.is_paused:
        announce(bot_paused, BotState, bot=bot, reason=reason)


def resume(bot: str) -> bool:
    """Let a bot send again, and tell whether it was paused."""
    paused = _states().filter(bot=bot, is_paused=True)
    return bool(
        paused.update(
            is_paused=False, paused_until=None, pauses=0, reason="", changed_at=DatabaseNow()
        )
    )


def _states() -> QuerySet[BotState]:
    return BotState.objects.using(router.db_for_write(BotState))
