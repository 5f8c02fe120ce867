"""Keeping to a bot's rate, whoever sends for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet

from joinchat_django.models import BotState
from joinchat_django.models.primary import on_primary

from . import due

#: Times to try again when somebody else was quicker.
TRIES = 20


def free_in(bot: str) -> float:
    """Return in how many seconds the next call may begin that nobody has reserved yet."""
    for now, taken_until in _read(bot):
        if taken_until is not None:
            wait: float = (taken_until - now).total_seconds()
            return max(0.0, wait)
    return 0.0


def reserve(bot: str, calls: int, *, rate: float, within: float) -> float | None:
    """Reserve the time for some calls, ``1 / rate`` seconds each, and return when it begins.

    That is the seconds from now until the first of them. All workers on all machines share the
    bot's rate in this way: each reserves what follows the others' share. Returns None, and
    reserves nothing, if it would begin more than ``within`` seconds from now.
    """
    states = on_primary(BotState)
    states.get_or_create(bot=bot)
    for _ in range(TRIES):
        [(now, taken_until)] = _read(bot)
        begin = max(now, taken_until or now)
        wait: float = (begin - now).total_seconds()
        if wait > within:
            return None
        unchanged = (
            states.filter(bot=bot, next_call_at__isnull=True)
            if taken_until is None
            else states.filter(bot=bot, next_call_at=taken_until)
        )
        if unchanged.update(next_call_at=begin + timedelta(seconds=calls / rate)):
            return wait
    return None


def _read(bot: str) -> QuerySet[Any, Any]:
    state = on_primary(BotState).filter(bot=bot).annotate(now=due.now())
    return state.values_list("now", "next_call_at")
