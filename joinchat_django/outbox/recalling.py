"""Second thoughts: stopping what has not gone, and queueing again what came to a bad end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from asgiref.sync import sync_to_async
from django.db import router
from django.db.models import Case, F, QuerySet, When

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.dispatchers import wake_on_commit
from joinchat_django.models import OutboxMessage

from .rows import PAGE, written

Status = OutboxMessage.Status

Rows = OutboxMessage | QuerySet[OutboxMessage] | Iterable[OutboxMessage]

#: What :func:`retry` queues again.
ENDED_BADLY = (Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.UNCERTAIN)


def cancel(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Stop those of some rows, or of a group, that are queued, and return how many.

    One that is being sent or is settled stays as it is, and so does one that is queued in the
    group later. Large groups are done in several transactions, unless the caller has one open.
    The objects given are not changed: ``refresh_from_db`` tells.

    Raises ``TypeError`` unless rows or a group are given, and not both; ``ValueError`` for an
    empty group, which is no group's name.
    """
    stopped = 0
    for keys in _chunks(rows, group, (Status.QUEUED,)):
        queued = written().filter(pk__in=keys, status=Status.QUEUED)
        stopped += queued.update(status=Status.CANCELLED, settled_at=DatabaseNow())
    return stopped


async def acancel(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Do what :func:`cancel` does, from asynchronous code."""
    return await sync_to_async(cancel)(rows, group=group)


def retry(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Queue again those of some rows, or of a group, that came to a bad end; return how many.

    That is failed, expired, cancelled and uncertain ones; an uncertain one may arrive twice. They
    are due at once, with all attempts before them. An ``expires_at`` that has passed is taken
    away, for it would end them at once; one to come stays. The last error stays until the next
    attempt. A row without content stays as it is. Delivery is woken after the commit.

    Arguments, transactions and errors are those of :func:`cancel`.
    """
    queued = 0
    try:
        for keys in _chunks(rows, group, ENDED_BADLY):
            ended = written().filter(pk__in=keys, status__in=ENDED_BADLY).exclude(content="")
            queued += ended.update(**_anew())
    finally:
        if queued:
            wake_on_commit(router.db_for_write(OutboxMessage))
    return queued


async def aretry(rows: Rows | None = None, *, group: str | None = None) -> int:
    """Do what :func:`retry` does, from asynchronous code."""
    return await sync_to_async(retry)(rows, group=group)


def _anew() -> dict[str, Any]:
    still_to_come = When(expires_at__gt=DatabaseNow(), then=F("expires_at"))
    return {
        "status": Status.QUEUED,
        "send_at": DatabaseNow(),
        "expires_at": Case(still_to_come, default=None),
        "settled_at": None,
        "attempts": 0,
        "for_worker": False,
    }


def _chunks(
    rows: Rows | None, group: str | None, statuses: Iterable[Status]
) -> Iterator[list[int]]:
    """Yield the primary keys of the rows that are meant, a page at a time."""
    if (rows is None) == (group is None):
        raise TypeError("Give either rows or group=.")
    if group is not None:
        if not group:
            raise ValueError("An empty group is no group: every row without one would be meant.")
        # One status at a time, as the index has them.
        for status in statuses:
            yield from _of_group(group, status)
    elif isinstance(rows, QuerySet):
        yield from _of_queryset(rows)
    else:
        given = iter([rows] if isinstance(rows, OutboxMessage) else rows or ())
        while page := list(islice(given, PAGE)):
            yield [_key_of(row) for row in page]


def _of_group(group: str, status: Status) -> Iterator[list[int]]:
    found = written().filter(group=group, status=status).order_by("pk").values_list("pk", "group")
    page = list(found[:PAGE])
    while page:
        # A collation that ignores case finds other groups, too.
        yield [key for key, name in page if name == group]
        page = list(found.filter(pk__gt=page[-1][0])[:PAGE])


def _of_queryset(rows: QuerySet[OutboxMessage]) -> Iterator[list[int]]:
    if not issubclass(rows.model, OutboxMessage):
        raise TypeError(f"A queryset of {rows.model.__name__} has no rows of the outbox in it.")
    # All keys at once: of a slice, what changes meanwhile would move the rest.
    keys = list(rows.using(written().db).values_list("pk", flat=True))
    for start in range(0, len(keys), PAGE):
        yield keys[start : start + PAGE]


def _key_of(row: object) -> int:
    if isinstance(row, OutboxMessage) and row.pk is not None:
        return row.pk
    raise TypeError(f"Rows are saved OutboxMessage objects, not {type(row).__name__}.")
