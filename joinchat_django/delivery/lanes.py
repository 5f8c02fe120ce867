"""One recipient's claimed messages, called one after the other."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from joinchat_django.backends import Backend
from joinchat_django.conf import DeliverySettings
from joinchat_django.models import OutboxMessage

from .outcomes import Outcome, Settlement, accepted, expired, failed, unreadable

Status = OutboxMessage.Status


@dataclass
class Lane:
    """Claimed rows of one recipient, in order.

    ``claimed_at`` and ``lease_end`` are times of ``time.monotonic()``; ``is_probe`` tells that the
    one row is to find out whether a paused bot is let in again. ``turns`` are the times at which
    the calls may begin, where the bot's rate is limited. ``ready_at`` is when the claim was over.
    """

    rows: list[OutboxMessage]
    claimed_at: float
    lease_end: float
    is_probe: bool = False
    turns: list[float] = field(default_factory=list)
    ready_at: float = field(default_factory=time.monotonic)


def lanes_of(
    claimed: Iterable[OutboxMessage], claimed_at: float, lease: float, *, is_probe: bool
) -> list[Lane]:
    """Return claimed rows as lanes, each recipient's rows in the order in which they came."""
    lanes: dict[str, Lane] = {}
    for row in claimed:
        lane = lanes.get(row.recipient_digest)
        if lane is None:
            lane = Lane([], claimed_at, claimed_at + lease, is_probe)
            lanes[row.recipient_digest] = lane
        lane.rows.append(row)
    return list(lanes.values())


@dataclass
class Step:
    """What came of going along a lane: a call's result, and rows that were not begun.

    ``took`` is how many seconds the call took. ``is_probe`` is the lane's.
    """

    settlement: Settlement | None = None
    unbegun: list[OutboxMessage] = field(default_factory=list)
    took: float = 0.0
    is_probe: bool = False


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
        begun = time.monotonic()
        outcome = _call(row, lane, backend, deadline, settings)
        took = time.monotonic() - begun
        cut_short = deadline < backend.bot.options.deadline
        settlement = Settlement(row, outcome, cut_short=cut_short, is_probe=lane.is_probe)
        if outcome.status == Status.QUEUED:
            yield Step(settlement, lane.rows, took)
            return
        yield Step(settlement, took=took)
    if lane.rows:
        yield Step(unbegun=lane.rows, is_probe=lane.is_probe)


def _call(
    row: OutboxMessage, lane: Lane, backend: Backend, deadline: float, settings: DeliverySettings
) -> Outcome:
    if row.expires_at and _seconds_left(row) <= time.monotonic() - lane.claimed_at:
        return expired()
    try:
        envelope = row.envelope
    except Exception as error:
        return unreadable(error)
    try:
        return accepted(backend.send(envelope, deadline=deadline))
    except Exception as error:
        # Whatever one message raises ends or delays that message and harms no other.
        return failed(error, row.attempts + 1, settings)


def _seconds_left(row: Any) -> float:
    """Return how long after its claim a row expires, by the database's clock."""
    seconds: float = (row.expires_at - row.now).total_seconds()
    return seconds
