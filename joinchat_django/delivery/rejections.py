"""Like rejections in a row, which are a fault of the bot's set-up (contract, "Response")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q, QuerySet

from joinchat_django import conf
from joinchat_django.models import BotState, OutboxMessage

from . import pauses
from .clock import DatabaseNow
from .due import rows
from .retrying import ExponentialInterval

#: Rejections to so many recipients, in the same words, are the bot's fault.
IN_A_ROW = 5

#: Rows of a series that are remembered, should one recipient get many of them.
REMEMBERED = 200


@dataclass(frozen=True)
class BotsFault:
    """What became of rows whose rejection was their bot's fault: attempts of those queued again."""

    queued_again: dict[int, int]

    def attempts_of(self, pk: int) -> int | None:
        """Return the attempts of a row that is queued again, None for one that is not."""
        return self.queued_again.get(pk)


def note(row: OutboxMessage, words: str, *, by_probe: bool) -> BotsFault | None:
    """Count a row that JoinChat refused in a 2xx; if its bot is to blame, queue the series again.

    The caller pauses the bot then. While it is paused for that, the same words to another message
    are enough.

    The rows get their attempts back when the bot is paused first. What probes it afterwards does
    not, and comes after a growing wait: recipients who are gone may look like a fault of the bot,
    and would hold it up for ever.
    """
    state = pauses.locked_state(row.bot)
    series = state.rejected_rows if state.last_rejection == words else []
    series = [*series, [row.pk, row.recipient_digest]][-REMEMBERED:]
    recipients = {digest for _pk, digest in series}
    is_known = state.is_paused and state.last_rejection == words
    if not (is_known or len(recipients) >= IN_A_ROW):
        _remember(state, words, series)
        return None
    _remember(state, words, [])
    keys = {pk for pk, _digest in series}
    return BotsFault(_queue_probe_again(keys, state) if by_probe else _queue_again(keys))


def _remember(state: BotState, words: str, series: list[list[object]]) -> None:
    BotState.objects.using(state._state.db).filter(pk=state.pk).update(
        last_rejection=words, rejected_rows=series
    )


def _failed(keys: set[int]) -> QuerySet[OutboxMessage]:
    """Return those of some rows that failed and are still wanted.

    One that has expired is not: whoever unlinks a user lets the rows expire, those that failed
    included.
    """
    still_wanted = Q(expires_at=None) | Q(expires_at__gt=DatabaseNow())
    return rows().filter(still_wanted, pk__in=keys, status=OutboxMessage.Status.FAILED)


def _queue_again(keys: set[int]) -> dict[int, int]:
    failed = _failed(keys)
    found = {pk: attempts - 1 for pk, attempts in failed.values_list("pk", "attempts")}
    failed.update(**_QUEUED, attempts=F("attempts") - 1, send_at=DatabaseNow())
    return found


def _queue_probe_again(keys: set[int], state: BotState) -> dict[int, int]:
    wait = ExponentialInterval().after(state.pauses)
    failed = _failed(keys).filter(attempts__lt=conf.delivery().max_attempts)
    found = dict(failed.values_list("pk", "attempts"))
    failed.update(**_QUEUED, send_at=DatabaseNow() + timedelta(seconds=wait))
    return found


_QUEUED = {"status": OutboxMessage.Status.QUEUED, "settled_at": None}
