"""One recipient's claimed messages, called one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from joinchat_django.backends import Backend
from joinchat_django.conf import DeliverySettings
from joinchat_django.models import OutboxMessage

from .outcomes import Outcome, accepted, failed
from .settling import Settlement

Status = OutboxMessage.Status


@dataclass
class Lane:
    """Claimed rows of one recipient, in order.

    ``lease_end`` is when their lease ends, by ``time.monotonic()``; ``is_probe`` tells that the
    one row is to find out whether a paused bot is let in again. ``turns`` are the times at which
    the calls may begin, where the bot's rate is limited.
    """

    rows: list[OutboxMessage]
    lease_end: float
    is_probe: bool = False
    turns: list[float] = field(default_factory=list)


def lanes_of(claimed: Iterable[OutboxMessage], lease_end: float, *, is_probe: bool) -> list[Lane]:
    """Return claimed rows as lanes, each recipient's rows in the order in which they came."""
    lanes: dict[str, Lane] = {}
    for row in claimed:
        digest = row.recipient_digest
        lanes.setdefault(digest, Lane([], lease_end, is_probe)).rows.append(row)
    return list(lanes.values())


@dataclass
class Step:
    """What came of going along a lane: a call's result, and rows that were not begun."""

    settlement: Settlement | None = None
    unbegun: list[OutboxMessage] = field(default_factory=list)


#: Says how many seconds the call that is to begin now may take, None if it may not begin.
Permission = Callable[[Lane], "float | None"]


def travel(
    lane: Lane, backend: Backend, settings: DeliverySettings, may_begin: Permission
) -> Iterator[Step]:
    """Call for one row of a lane after the other, and yield what each call came to.

    Ends early when no call may begin, and behind a message that has to be tried again: nothing
    overtakes it. The last step has what is left of the lane. Raises nothing.
    """
    while lane.rows:
        deadline = may_begin(lane)
        if deadline is None:
            break
        row = lane.rows.pop(0)
        outcome = _call(row, backend, deadline, settings)
        cut_short = deadline < backend.bot.options.deadline
        settlement = Settlement(row, outcome, cut_short=cut_short, is_probe=lane.is_probe)
        if outcome.status == Status.QUEUED:
            yield Step(settlement, lane.rows)
            return
        yield Step(settlement)
    if lane.rows:
        yield Step(unbegun=lane.rows)


def _call(
    row: OutboxMessage, backend: Backend, deadline: float, settings: DeliverySettings
) -> Outcome:
    if getattr(row, "is_late", False) or (row.expires_at and row.expires_at <= timezone.now()):
        return Outcome(Status.EXPIRED, attempted=False)
    try:
        return accepted(backend.send(row.envelope, deadline=deadline))
    except Exception as error:
        # Whatever one message raises ends or delays that message and harms no other.
        return failed(error, row.attempts + 1, settings)
