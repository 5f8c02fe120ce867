"""The outbox's primary keys: what is one, and between which rows of some time are."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from django.db import router

from joinchat_django.models import OutboxMessage

#: How much earlier than a row with a lower key one may have been created: transactions that
#: last, and clocks of several machines.
DISORDER = datetime.timedelta(hours=1)

#: Keys between two bounds that are near enough.
NEAR = 1_000


def is_key(text: str) -> bool:
    """Tell whether a row can have this key: databases refuse some numbers, and all other text."""
    return text.isascii() and text.isdigit() and len(text) < 19


def first_key_since(moment: datetime.datetime) -> int:
    """Return a key that no row created at or after a moment is below."""
    early, _late = _between(lambda created_at: created_at < moment - DISORDER)
    return early


def last_key_until(moment: datetime.datetime) -> int | None:
    """Return a key that no row created before a moment is above; None if every row was."""
    _early, late = _between(lambda created_at: created_at < moment + DISORDER)
    return late


def _between(is_early: Callable[[datetime.datetime], bool]) -> tuple[int, int | None]:
    """Return two keys near each other: that of an early row, and one from which on rows are late.

    At a step along the primary key for each halving, whatever gaps it has: fourteen for ten
    million rows.
    """
    rows = OutboxMessage.objects.using(router.db_for_read(OutboxMessage)).order_by("pk")
    found = rows.values_list("pk", "created_at")
    first, last = found.first(), found.last()
    if first is None or last is None or not is_early(first[1]):
        return 0, first and first[0]
    if is_early(last[1]):
        return last[0], None
    early, late = first[0], last[0]
    while late - early > NEAR:
        middle = (early + late) // 2
        row = found.filter(pk__gte=middle).first()
        if row and is_early(row[1]):
            early = row[0]
        else:
            late = middle
    return early, late
