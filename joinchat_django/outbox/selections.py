"""Which rows are meant: a few, a queryset of them or a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import router
from django.db.models import QuerySet

from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import on_primary

from .batches import batched
from .rows import PAGE

Status = OutboxMessage.Status

Rows = OutboxMessage | QuerySet[OutboxMessage] | Iterable[OutboxMessage]


def chunks(rows: Rows | None, group: str | None, statuses: Iterable[Status]) -> Iterator[list[int]]:
    """Yield the primary keys of the rows that are meant, a page at a time.

    Of a group, those in one of some statuses. Raises ``TypeError`` unless rows or a group are
    given, and not both; ``ValueError`` for an empty group.
    """
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
        given = [rows] if isinstance(rows, OutboxMessage) else rows or ()
        for page in batched(given, PAGE):
            yield [_key_of(row) for row in page]


def _of_group(group: str, status: Status) -> Iterator[list[int]]:
    rows = on_primary(OutboxMessage).filter(group=group, status=status)
    found = rows.order_by("pk").values_list("pk", "group")
    page = list(found[:PAGE])
    while page:
        # A collation that ignores case finds other groups, too.
        yield [key for key, name in page if name == group]
        page = list(found.filter(pk__gt=page[-1][0])[:PAGE])


def _of_queryset(rows: QuerySet[OutboxMessage]) -> Iterator[list[int]]:
    if not issubclass(rows.model, OutboxMessage):
        raise TypeError(f"A queryset of {rows.model.__name__} has no rows of the outbox in it.")
    # All keys at once: of a slice, what changes meanwhile would move the rest.
    keys = list(rows.using(router.db_for_write(OutboxMessage)).values_list("pk", flat=True))
    yield from batched(keys, PAGE)


def _key_of(row: object) -> int:
    if isinstance(row, OutboxMessage) and row.pk is not None:
        return row.pk
    raise TypeError(f"Rows are saved OutboxMessage objects, not {type(row).__name__}.")
