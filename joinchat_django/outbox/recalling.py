"""Second thoughts: stopping what has not gone, and queueing again what came to a bad end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.db.models import Case, F, When

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.databases import persistently
from joinchat_django.models import OutboxMessage

from .rows import written
from .selections import Rows, chunks
from .waking import wake

logger = logging.getLogger("joinchat_django.outbox")

Status = OutboxMessage.Status

#: What :func:`retry` queues again.
ENDED_BADLY = (Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.UNCERTAIN)

#: Seconds for which a chunk is tried again that lost a deadlock or its connection.
PATIENCE = 5.0

#: How much earlier than a row that has to wait delivery lets those behind it be due, at most.
_BEHIND = timedelta(seconds=1)


def cancel(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Stop those of some rows, or of a group, that are queued, and return how many.

    One that is being sent is not interrupted and not counted, but if it comes back to the queue it
    expires instead of being tried again. One that is settled stays as it is, and so does one that
    is queued in the group later. What waited behind a row that failed is due at once. The
    idempotency key of a cancelled row stays used.

    Large groups are done in several transactions, unless the caller has one open. The objects given
    are not changed: ``refresh_from_db`` tells.

    Raises ``TypeError`` unless rows or a group are given, and not both; ``ValueError`` for an
    empty group, which is no group's name.
    """
    stopped = 0
    try:
        for keys in chunks(rows, group, (Status.QUEUED, Status.SENDING)):
            stopped += _in_order(keys, _stop)
    finally:
        if stopped:
            _log("cancelled", stopped, group)
    return stopped


async def acancel(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Do what :func:`cancel` does, from asynchronous code."""
    return await sync_to_async(cancel)(rows, group=group)


def retry(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Queue again those of some rows, or of a group, that came to a bad end; return how many.

    That is failed, expired, cancelled and uncertain ones; an uncertain one may arrive twice. They
    are due at once, with all attempts before them; one that was cancelled before its time keeps
    that time. An ``expires_at`` that has passed is taken away, for it would end them at once; one
    to come stays. The last error stays until the next attempt. A row without content stays as it
    is. Delivery is woken after the commit.

    Arguments, transactions and errors are those of :func:`cancel`.
    """
    queued = 0
    try:
        for keys in chunks(rows, group, ENDED_BADLY):
            queued += _in_order(keys, _queue_again)
    finally:
        if queued:
            _log("retried", queued, group)
            wake()
    return queued


async def aretry(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Do what :func:`retry` does, from asynchronous code."""
    return await sync_to_async(retry)(rows, group=group)


def _in_order(keys: list[int], change: Callable[[list[int]], int]) -> int:
    """Change rows in a transaction, which is tried again unless it is the caller's.

    They are locked in one order, so that two who change the same ones wait for each other rather
    than each for the other.
    """
    connection = connections[written().db]

    def locked() -> int:
        with transaction.atomic(using=connection.alias):
            if connection.features.has_select_for_update:
                rows = written().filter(pk__in=keys).order_by("pk").select_for_update()
                list(rows.values_list("pk"))
            return change(keys)

    if connection.in_atomic_block:
        return locked()
    return persistently(locked, PATIENCE)


def _stop(keys: list[int]) -> int:
    rows = written().filter(pk__in=keys)
    queued = rows.filter(status=Status.QUEUED)
    stopped = queued.update(status=Status.CANCELLED, settled_at=DatabaseNow())
    rows.filter(status=Status.SENDING).update(expires_at=DatabaseNow())
    if _bring_followers_back(keys):
        wake()
    return stopped


def _bring_followers_back(keys: list[int]) -> int:
    """Let what delivery has put off behind rows that failed, and are stopped now, be due."""
    failing = written().filter(pk__in=keys, status=Status.CANCELLED, attempts__gt=0)
    heads = list(failing.values_list("pk", "bot", "recipient_digest", "send_at"))
    if not heads:
        return 0
    behind = written().filter(
        bot__in={bot for _pk, bot, _digest, _due in heads},
        recipient_digest__in={digest for _pk, _bot, digest, _due in heads},
        # Those that were stopped together with it are not to wait either if they are retried.
        status__in=(Status.QUEUED, Status.CANCELLED),
        attempts=0,
    )
    followed = set(behind.values_list("bot", "recipient_digest"))
    return sum(
        behind.filter(
            bot=bot,
            recipient_digest=digest,
            pk__gt=pk,
            send_at__gt=due - _BEHIND,
            send_at__lte=due,
        ).update(send_at=DatabaseNow())
        for pk, bot, digest, due in heads
        if (bot, digest) in followed
    )


def _queue_again(keys: list[int]) -> int:
    ended = written().filter(pk__in=keys, status__in=ENDED_BADLY).exclude(content="")
    not_yet = When(attempts=0, send_at__gt=DatabaseNow(), then=F("send_at"))
    still_to_come = When(expires_at__gt=DatabaseNow(), then=F("expires_at"))
    return ended.update(
        # First: MariaDB and MySQL see in one column what was written into those before it.
        send_at=Case(not_yet, default=DatabaseNow()),
        status=Status.QUEUED,
        expires_at=Case(still_to_come, default=None),
        settled_at=None,
        attempts=0,
        for_worker=False,
    )


def _log(outcome: str, rows: int, group: str | None) -> None:
    logger.info("outbox outcome=%s rows=%s group=%r", outcome, rows, group or "")
