"""Like rejections in a row, which are a fault of the bot's set-up (contract, "Response")."""

from __future__ import annotations

from django.db.models import F

from joinchat_django.models import BotState, OutboxMessage

from . import pauses
from .clock import DatabaseNow
from .due import rows

#: Rejections to so many recipients, in the same words, are the bot's fault.
IN_A_ROW = 5

#: Rows of a series that are remembered, should one recipient get many of them.
REMEMBERED = 200


def note(row: OutboxMessage, words: str) -> bool:
    """Count a row that JoinChat refused in a 2xx, and tell whether the bot is to blame.

    If it is, the rows of the series are queued again and their attempts given back; the caller
    pauses the bot. While a bot is paused for that, the same words to another message are enough.
    """
    state = pauses.locked_state(row.bot)
    series = state.rejected_rows if state.last_rejection == words else []
    series = [*series, [row.pk, row.recipient_digest]][-REMEMBERED:]
    recipients = {digest for _pk, digest in series}
    to_blame = len(recipients) >= IN_A_ROW or (state.is_paused and state.last_rejection == words)
    if to_blame:
        _queue_again({pk for pk, _digest in series})
        series = []
    BotState.objects.using(state._state.db).filter(pk=state.pk).update(
        last_rejection=words, rejected_rows=series
    )
    return to_blame


def _queue_again(keys: set[int]) -> None:
    rows().filter(pk__in=keys, status=OutboxMessage.Status.FAILED).update(
        status=OutboxMessage.Status.QUEUED,
        attempts=F("attempts") - 1,
        settled_at=None,
        send_at=DatabaseNow(),
    )
