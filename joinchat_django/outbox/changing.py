"""Changing rows that are in the outbox already, a chunk at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from joinchat_django.delivery.databases import atomically
from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import for_update, on_primary

from .waking import wake

logger = logging.getLogger("joinchat_django.outbox")


def change_rows(
    chunks: Iterable[list[int]],
    change: Callable[[list[int]], int],
    outcome: str,
    group: str | None = None,
    *,
    wakes: bool = False,
) -> int:
    """Change rows, given by chunks of their keys, and return how many were changed.

    ``change`` is called with each chunk in a transaction, in which its rows are locked, and returns
    how many it changed. One line of the log tells of all of them, without content and recipients.
    With ``wakes`` delivery is woken for them, after the commit. Both also if a later chunk fails.
    """
    changed = 0
    try:
        for keys in chunks:
            changed += _in_order(keys, change)
    finally:
        if changed:
            logger.info("outbox outcome=%s rows=%s group=%r", outcome, changed, group or "")
            if wakes:
                wake()
    return changed


def _in_order(keys: list[int], change: Callable[[list[int]], int]) -> int:
    """Change rows in a transaction, which is tried again unless it is the caller's.

    They are locked in one order, so that two who change the same ones wait for each other rather
    than each for the other.
    """
    rows = on_primary(OutboxMessage).filter(pk__in=keys).order_by("pk")

    def locked() -> int:
        list(for_update(rows).values_list("pk"))
        return change(keys)

    return atomically(locked, rows.db)
