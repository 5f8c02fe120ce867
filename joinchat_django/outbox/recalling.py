"""Second thoughts: stopping what has not gone, and what becomes of what came to a bad end."""

from __future__ import annotations

from functools import partial

from asgiref.sync import sync_to_async
from django.db.models import Case, F, When

from joinchat_django import conf
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import on_primary

from .changing import change_rows
from .consent import NO_LONGER_LINKED, no_longer_linked
from .followers import bring_followers_back, bring_themselves_back
from .rows import held_until
from .selections import Rows, chunks
from .waking import wake

Status = OutboxMessage.Status

#: What :func:`retry` queues again.
ENDED_BADLY = (Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.UNCERTAIN)


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
    found = chunks(rows, group, (Status.QUEUED, Status.SENDING))
    return change_rows(found, partial(stop, reason=reason), "cancelled", group)


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
    found = chunks(rows, group, ENDED_BADLY)
    return change_rows(found, _queue_again, "retried", group, wakes=True)


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
    found = chunks(rows, group, (Status.UNCERTAIN,))
    return change_rows(found, _take_as_sent, "marked-done", group)


async def amark_done(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Do what :func:`mark_done` does, from asynchronous code."""
    return await sync_to_async(mark_done)(rows, group=group)


def stop(keys: list[int], reason: str) -> int:
    """Do what :func:`cancel` does with some rows, which are locked."""
    rows = on_primary(OutboxMessage).filter(pk__in=keys)
    rows.filter(status=Status.SENDING).update(expires_at=DatabaseNow())
    queued = rows.filter(status=Status.QUEUED)
    # First, lest they wait if they are tried again one day: none of them waits for another then.
    bring_themselves_back(queued)
    if bring_followers_back(queued.filter(attempts__gt=0)):
        wake()
    why = {"last_error": reason} if reason else {}
    return queued.update(status=Status.CANCELLED, settled_at=DatabaseNow(), **why)


def _queue_again(keys: list[int]) -> int:
    rows = on_primary(OutboxMessage)
    whole = rows.filter(status__in=ENDED_BADLY).exclude(content="")
    ended = whole.filter(pk__in=keys)
    if unwanted := no_longer_linked(ended):
        ended = whole.filter(pk__in=set(keys) - unwanted)
        # An end for good: who queues a broadcast's failures again has to come to the last of them.
        failed = rows.filter(pk__in=unwanted, status__in=(Status.FAILED, Status.EXPIRED))
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
    doubtful = on_primary(OutboxMessage).filter(pk__in=keys, status=Status.UNCERTAIN)
    return doubtful.update(status=Status.SENT, **forgotten)
