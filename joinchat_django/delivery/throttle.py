"""Keeping to a bot's rate, whoever sends for it."""

from __future__ import annotations

from datetime import timedelta

from django.db import router
from django.db.models import DateTimeField, ExpressionWrapper

from joinchat_django.models import BotState

from .clock import DatabaseNow

#: Times to try again when somebody else was quicker.
TRIES = 20


def reserve(bot: str, calls: int, *, rate: float, within: float) -> float | None:
    """Reserve the time for some calls, ``1 / rate`` seconds each, and return when it begins.

    That is the seconds from now until the first of them. All workers on all machines share the
    bot's rate in this way: each reserves what follows the others' share. Returns None, and
    reserves nothing, if it would begin more than ``within`` seconds from now.
    """
    states = BotState.objects.using(router.db_for_write(BotState))
    states.get_or_create(bot=bot)
    now_column = ExpressionWrapper(DatabaseNow(), output_field=DateTimeField())
    for _ in range(TRIES):
        now, taken_until = (
            states.filter(bot=bot).annotate(now=now_column).values_list("now", "next_call_at").get()
        )
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
