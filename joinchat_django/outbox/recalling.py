"""Second thoughts: stopping what has not gone, and what becomes of what came to a bad end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.db.models import Case, F, QuerySet, When

from joinchat_django import conf
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.databases import persistently
from joinchat_django.models import OutboxMessage

from .consent import NO_LONGER_LINKED, no_longer_linked
from .rows import held_until, written
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


def cancel(rows: Rows | None = None, *, group: str | None = None, reason: str = "") -> int:
    """Stop those of some rows, or of a group, that are queued, and return how many.

    A ``reason`` is kept as the error of each that is stopped.

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
            stopped += in_order(keys, partial(stop, reason=reason))
    finally:
        if stopped:
            log("cancelled", stopped, group)
    return stopped


async def acancel(rows: Rows | None = None, *, group: str | None = None, reason: str = "") -> int:
    """Do what :func:`cancel` does, from asynchronous code."""
    return await sync_to_async(cancel)(rows, group=group, reason=reason)


def retry(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Queue again those of some rows, or of a group, that came to a bad end; return how many.

    That is failed, expired, cancelled and uncertain ones; an uncertain one may arrive twice. They
    are due at once, with all attempts before them; one that was cancelled before its time keeps
    that time. An ``expires_at`` that has passed is taken away, for it would end them at once; one
    to come stays. The last error stays until the next attempt. A row without content stays as it
    is. Delivery is woken after the commit.

    Nobody is sent what they do not want any more: of a user who is no longer linked to the uuid
    that a row goes to, or who is deactivated, what failed or expired is cancelled, and the rest
    stays as it is.

    Arguments, transactions and errors are those of :func:`cancel`.
    """
    queued = 0
    try:
        for keys in chunks(rows, group, ENDED_BADLY):
            queued += in_order(keys, _queue_again)
    finally:
        if queued:
            log("retried", queued, group)
            wake()
    return queued


async def aretry(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Do what :func:`retry` does, from asynchronous code."""
    return await sync_to_async(retry)(rows, group=group)


def mark_done(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Take those of some rows, or of a group, that are uncertain as sent; return how many.

    It is for a person who has found out that a message did arrive. Nothing goes out, and
    ``message_sent`` is not sent. ``settled_at`` and the last error stay; with ``KEEP_CONTENT`` off
    the content goes, as it does for any row that was sent.

    Arguments, transactions and errors are those of :func:`cancel`.
    """
    done = 0
    try:
        for keys in chunks(rows, group, (Status.UNCERTAIN,)):
            done += in_order(keys, _take_as_sent)
    finally:
        if done:
            log("marked-done", done, group)
    return done


async def amark_done(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Do what :func:`mark_done` does, from asynchronous code."""
    return await sync_to_async(mark_done)(rows, group=group)


def in_order(keys: list[int], change: Callable[[list[int]], int]) -> int:
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


def stop(keys: list[int], reason: str) -> int:
    """Do what :func:`cancel` does with some rows, which :func:`in_order` has locked."""
    rows = written().filter(pk__in=keys)
    queued = rows.filter(status=Status.QUEUED)
    why = {"last_error": reason} if reason else {}
    stopped = queued.update(status=Status.CANCELLED, settled_at=DatabaseNow(), **why)
    rows.filter(status=Status.SENDING).update(expires_at=DatabaseNow())
    failing = written().filter(pk__in=keys, status=Status.CANCELLED, attempts__gt=0)
    if bring_followers_back(failing):
        wake()
    return stopped


def bring_followers_back(failing: QuerySet[OutboxMessage]) -> int:
    """Let what delivery has put off behind rows that failed, and wait no longer, be due."""
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
    if unwanted := no_longer_linked(ended):
        ended = written().filter(pk__in=set(keys) - unwanted, status__in=ENDED_BADLY)
        ended = ended.exclude(content="")
        # An end for good: who queues a broadcast's failures again has to come to the last of them.
        failed = written().filter(pk__in=unwanted, status__in=(Status.FAILED, Status.EXPIRED))
        failed.update(
            status=Status.CANCELLED, settled_at=DatabaseNow(), last_error=NO_LONGER_LINKED
        )
    # One that was held when it was cancelled has no time of its own.
    not_yet = When(
        attempts=0, send_at__gt=DatabaseNow(), send_at__lt=held_until(), then=F("send_at")
    )
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


def _take_as_sent(keys: list[int]) -> int:
    forgotten = {} if conf.delivery().keep_content else {"content": ""}
    doubtful = written().filter(pk__in=keys, status=Status.UNCERTAIN)
    return doubtful.update(status=Status.SENT, **forgotten)


def log(outcome: str, rows: int, group: str | None = None) -> None:
    """Write one line for rows that were changed, without content and recipients."""
    logger.info("outbox outcome=%s rows=%s group=%r", outcome, rows, group or "")
