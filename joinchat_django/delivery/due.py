"""Which rows of a bot may be taken now: due ones with nothing before them to the same recipient."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    DateTimeField,
    Expression,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Value,
    When,
    Window,
)
from django.db.models.functions import RowNumber

from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import on_primary

from .clock import DatabaseNow

Status = OutboxMessage.Status

#: How long a row that wants a worker waits for one before a request takes it.
LEFT_TO_WORKERS = timedelta(hours=1)

#: The index for looking along a recipient's queue.
LANE_INDEX = "joinchat_outbox_lane"

#: Rows of one recipient that are taken behind the first, so that no batch is one person's alone.
FOLLOWERS = 20


def heads(bot: str, *, in_a_hurry: bool) -> QuerySet[OutboxMessage]:
    """Return the due rows that are first in their recipient's queue, longest due first.

    ``in_a_hurry`` leaves out rows that want a worker, for an hour.
    """
    queued = on_primary(OutboxMessage).filter(bot=bot, status=Status.QUEUED)
    due = queued.filter(send_at__lte=DatabaseNow())
    return due.filter(_may_go(in_a_hurry), NothingEarlier()).order_by("send_at", "pk")


def followers(
    bot: str, taken: Sequence[OutboxMessage], *, in_a_hurry: bool
) -> list[tuple[int, str]]:
    """Return key and recipient digest of what may be sent right behind rows that are being sent.

    For each recipient: the rows after the taken one, in order, up to the first that has to wait or
    is another worker's. At most :data:`FOLLOWERS` for each.
    """
    waits = Q(status=Status.SENDING) | Q(send_at__lte=DatabaseNow()) | Q(attempts__gt=0)
    may_go = Q(status=Status.QUEUED, send_at__lte=DatabaseNow()) & _may_go(in_a_hurry)
    behind = (
        on_primary(OutboxMessage)
        .filter(
            waits,
            bot=bot,
            settled_at=None,  # as LANE_INDEX has it
            status__in=[Status.QUEUED, Status.SENDING],
            recipient_digest__in=[row.recipient_digest for row in taken],
        )
        .exclude(pk__in=[row.pk for row in taken])
        .annotate(
            may_go=Case(When(may_go, then=Value(True)), default=Value(False)),
            place=Window(RowNumber(), partition_by=[F("recipient_digest")], order_by=F("pk").asc()),
        )
        .filter(place__lte=FOLLOWERS)
        .order_by("recipient_digest", "pk")
    )
    found = behind.values_list("pk", "recipient_digest", "may_go")
    return unbroken((pk, digest, bool(may_go)) for pk, digest, may_go in found)


def queued_to(bots: Collection[str], digests: Collection[str]) -> QuerySet[OutboxMessage]:
    """Return what some bots have queued for some recipients, found along each recipient's queue."""
    # By a status PostgreSQL would go through all that is queued when its statistics are stale.
    open_rows = on_primary(OutboxMessage).filter(
        bot__in=bots, recipient_digest__in=digests, settled_at=None
    )
    return open_rows.exclude(status=Status.SENDING)


def unbroken(candidates: Iterable[tuple[int, str, bool]]) -> list[tuple[int, str]]:
    """Return, of each recipient's rows in order, those before the first that may not go."""
    broken: set[str] = set()
    found = []
    for pk, digest, may_go in candidates:
        if not may_go:
            broken.add(digest)
        elif digest not in broken:
            found.append((pk, digest))
    return found


def now() -> ExpressionWrapper[Any]:
    """Stand for the database's time in a query's result."""
    return ExpressionWrapper(DatabaseNow(), output_field=DateTimeField())


def _may_go(in_a_hurry: bool) -> Q:
    if not in_a_hurry:
        return Q()
    return Q(for_worker=False) | Q(send_at__lte=DatabaseNow() - LEFT_TO_WORKERS)


class NothingEarlier(Expression):
    """True if no earlier row of the recipient is being sent, is due or waits to be tried again.

    Written out for the planners. What is open has not been settled, which the index tells.
    PostgreSQL, when its statistics are stale, would join the whole queue with itself; ``OFFSET 0``
    makes it look back along each recipient's queue instead. MariaDB and MySQL have to be told to
    use the index that is there for it.
    """

    conditional = True

    def __init__(self) -> None:
        super().__init__(output_field=BooleanField())

    def as_sql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        quote = connection.ops.quote_name
        column = {field.name: quote(field.column) for field in OutboxMessage._meta.concrete_fields}
        moment, params = compiler.compile(DatabaseNow())
        row = quote(compiler.query.get_initial_alias())
        hint = f" FORCE INDEX ({LANE_INDEX})" if connection.vendor == "mysql" else ""
        sql = (
            f"NOT EXISTS (SELECT 1 FROM {quote(OutboxMessage._meta.db_table)} e{hint}"  # noqa: S608
            f" WHERE e.{column['bot']} = {row}.{column['bot']}"
            f" AND e.{column['recipient_digest']} = {row}.{column['recipient_digest']}"
            f" AND e.{column['settled_at']} IS NULL"
            f" AND e.{column['status']} IN ('{Status.QUEUED}', '{Status.SENDING}')"
            f" AND e.{column['id']} < {row}.{column['id']}"
            f" AND (e.{column['status']} = '{Status.SENDING}'"
            f" OR e.{column['send_at']} <= {moment} OR e.{column['attempts']} > 0)"
            + (" OFFSET 0)" if connection.vendor == "postgresql" else ")")
        )
        return sql, tuple(params)
