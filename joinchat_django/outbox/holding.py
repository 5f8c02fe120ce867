"""Holding a group back for as long as somebody wants, and letting it go on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import connections, router, transaction
from django.db.models import QuerySet

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.databases import persistently
from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import on_primary

from .recalling import PATIENCE, bring_followers_back
from .rows import held_until
from .selections import chunks
from .waking import wake

logger = logging.getLogger("joinchat_django.outbox")

Status = OutboxMessage.Status


def hold(*, group: str) -> int:
    """Keep the queued messages of a group back until :func:`release`; return how many it changed.

    They are scheduled for a time that does not come, so they hold up nobody's other messages, and
    have all their attempts before them when they are released. One that is being sent is finished;
    if it comes back to the queue, the next call holds it. What is queued in the group later is not
    held. ``cancel`` works on held messages.

    Large groups are done in several transactions, unless the caller has one open. Raises
    ``ValueError`` for an empty group.
    """
    return _change(group, _hold, "held")


def release(*, group: str) -> int:
    """Let the held messages of a group be due at once, and return how many there were.

    Delivery is woken after the commit. Transactions and errors are those of :func:`hold`.
    """
    released = _change(group, _release, "released")
    if released:
        wake()
    return released


def _change(group: str, change: Callable[[QuerySet[OutboxMessage]], int], outcome: str) -> int:
    changed = 0
    try:
        for keys in chunks(None, group, [Status.QUEUED]):
            changed += _in_order(keys, change)
    finally:
        if changed:
            logger.info("outbox outcome=%s rows=%s group=%r", outcome, changed, group)
    return changed


def _in_order(keys: list[int], change: Callable[[QuerySet[OutboxMessage]], int]) -> int:
    connection = connections[router.db_for_write(OutboxMessage)]

    def locked() -> int:
        with transaction.atomic(using=connection.alias):
            queued = on_primary(OutboxMessage).filter(pk__in=keys, status=Status.QUEUED)
            if connection.features.has_select_for_update:
                # In one order, so that two who change the same ones do not wait for each other.
                list(queued.order_by("pk").select_for_update().values_list("pk"))
            return change(queued)

    return locked() if connection.in_atomic_block else persistently(locked, PATIENCE)


def _hold(queued: QuerySet[OutboxMessage]) -> int:
    bring_followers_back(queued.filter(attempts__gt=0))
    # With attempts behind it a row would seem to wait for another one, and hold up its recipient.
    return queued.exclude(send_at=held_until()).update(send_at=held_until(), attempts=0)


def _release(queued: QuerySet[OutboxMessage]) -> int:
    return queued.filter(send_at=held_until()).update(send_at=DatabaseNow())
