"""The log of the attempts that did not deliver."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db.models import Max

from joinchat_django.models import DeliveryAttempt, OutboxMessage
from joinchat_django.models.primary import on_primary

from .clock import DatabaseNow
from .outcomes import Settlement

Status = OutboxMessage.Status

#: What no log is kept of: a message that arrived, and one whose time was over before any attempt.
_UNLOGGED = (Status.SENT, Status.EXPIRED)


def log_settled(group: Sequence[Settlement]) -> None:
    """Write down those settlements of a group that did not deliver, in the caller's transaction.

    One statement for all of them; none for a group that was sent. An attempt that did not count
    is left out if the one before it came to the very same: a message of a bot that is not let in
    is tried again for as long as that lasts.
    """
    repeated = _repeated([one for one in group if not one.outcome.attempted])
    _insert(
        DeliveryAttempt(
            message_id=one.row.pk,
            number=one.attempts,
            outcome=one.outcome.status,
            http_status=one.outcome.http_status,
            in_doubt=one.outcome.in_doubt,
            error=one.outcome.error,
            answer=one.outcome.answer,
        )
        for one in group
        if one.outcome.status not in _UNLOGGED and one.row.pk not in repeated
    )


def log_abandoned(numbers: Sequence[tuple[int, int]], outcome: str, error: str) -> None:
    """Write down that some rows, given with the numbers of their attempts, lost their worker.

    Each of them may have been delivered.
    """
    _insert(
        DeliveryAttempt(message_id=pk, number=number, outcome=outcome, in_doubt=True, error=error)
        for pk, number in numbers
    )


def _repeated(uncounted: Sequence[Settlement]) -> set[int]:
    """Return the keys of the messages whose last logged attempt came to what this one did."""
    came_to = {
        one.row.pk: (
            one.attempts,
            one.outcome.status,
            one.outcome.http_status,
            one.outcome.in_doubt,
            one.outcome.error,
        )
        for one in uncounted
        if one.outcome.status not in _UNLOGGED
    }
    if not came_to:
        return set()
    attempts = on_primary(DeliveryAttempt)
    of_each = attempts.filter(message__in=came_to).order_by().values("message")
    last = attempts.filter(pk__in=of_each.annotate(last=Max("pk")).values("last"))
    facts = ("number", "outcome", "http_status", "in_doubt", "error")
    return {pk for pk, *found in last.values_list("message", *facts) if tuple(found) == came_to[pk]}


def _insert(attempts: Iterable[DeliveryAttempt]) -> None:
    found = list(attempts)
    for attempt in found:
        attempt.made_at = DatabaseNow()
    if found:
        on_primary(DeliveryAttempt).bulk_create(found)
