"""How far a broadcast is."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.models import Broadcast, OutboxMessage
from joinchat_django.models.primary import on_primary

Status = Broadcast.Status
RowStatus = OutboxMessage.Status

#: Where rows are on their way.
OPEN = (RowStatus.QUEUED, RowStatus.SENDING)

#: Where rows are at an end.
ENDED = tuple(status for status in RowStatus if status not in OPEN)

#: How long the rate looks back, and how long nothing has to happen until a broadcast counts as
#: stalled.
LATELY = STALLED_AFTER = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Progress:
    """A broadcast's figures at one moment, by the database's clock.

    ``fanned_out`` of the ``selected`` members have been looked at: ``queued``, ``not_linked``
    (which includes those that are gone), ``faulty`` and ``repeated`` add up to it. ``by_status``
    counts its messages in the outbox: ``open`` ones are on their way, ``settled`` ones at an end.
    ``seconds`` have passed since it was started, until its end if it has one. ``per_second`` is how
    many messages were settled in each second of the last minute, or once it is at an end in each
    of them all. ``remaining_seconds`` is an estimate from that, None where there is nothing to go
    by, as while it waits for another attempt. ``is_stalled`` tells that a message has been due, or
    members have waited, for more than a minute in which nothing was settled: probably no worker
    runs, or the bot is paused.
    """

    status: str
    selected: int
    fanned_out: int
    queued: int
    not_linked: int
    faulty: int
    repeated: int
    by_status: dict[str, int] = field(default_factory=dict)
    settled: int = 0
    open: int = 0
    started_at: datetime | None = None
    seconds: float = 0.0
    per_second: float = 0.0
    remaining_seconds: float | None = None
    is_stalled: bool = False


def progress(broadcast: Broadcast) -> Progress:
    """Return how far a broadcast is now. Raises ``Broadcast.DoesNotExist`` if it was deleted.

    Its messages are counted along an index, in two queries.
    """
    row: Any = on_primary(Broadcast).annotate(now=DatabaseNow()).get(pk=broadcast.pk)
    own = on_primary(OutboxMessage).filter(group=row.group)
    counts = own.order_by().values_list("status").annotate(count=Count("pk"))
    by_status: dict[str, int] = dict(counts)
    open_rows = sum(by_status.get(status, 0) for status in OPEN)
    settled = sum(by_status.values()) - open_rows
    end = row.finished_at or row.now
    seconds = max((end - row.started_at).total_seconds(), 0.0) if row.started_at else 0.0
    # A pause, and the wait for another attempt, say nothing of the rate.
    lately = min(seconds, LATELY.total_seconds())
    recent = _settled_lately(row) if row.started_at and not row.finished_at else 0
    per_second = _rate(settled, seconds) if row.finished_at else _rate(recent, lately)
    fanned_out = row.queued + row.not_linked + row.failed + row.repeated
    left = open_rows + (row.selected - fanned_out) * (row.queued / fanned_out if fanned_out else 1)
    return Progress(
        status=row.status,
        selected=row.selected,
        fanned_out=fanned_out,
        queued=row.queued,
        not_linked=row.not_linked,
        faulty=row.failed,
        repeated=row.repeated,
        by_status=by_status,
        settled=settled,
        open=open_rows,
        started_at=row.started_at,
        seconds=seconds,
        per_second=per_second,
        remaining_seconds=_remaining(row.status, left, per_second),
        is_stalled=_is_stalled(row, open_rows, recent),
    )


def _settled_lately(row: Any) -> int:
    # Along the index of what was settled lately, whatever it is of.
    own = on_primary(OutboxMessage).filter(group=row.group, status__in=ENDED)
    return own.filter(settled_at__gt=DatabaseNow() - LATELY).count()


def _rate(settled: int, seconds: float) -> float:
    return settled / seconds if seconds else 0.0


def _remaining(status: str, left: float, per_second: float) -> float | None:
    if status in (Status.FINISHED, Status.CANCELLED):
        return 0.0
    return left / per_second if per_second and status == Status.RUNNING else None


def _is_stalled(row: Any, open_rows: int, recent: int) -> bool:
    if recent or row.status != Status.RUNNING or row.started_at > row.now - STALLED_AFTER:
        return False
    due = on_primary(OutboxMessage).filter(group=row.group, status=RowStatus.QUEUED)
    return not open_rows or due.filter(send_at__lte=DatabaseNow() - STALLED_AFTER).exists()
