"""What the answer to a call means for its row. The error's class alone decides."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, replace

from joinchat_django.api import (
    DeliveryUncertain,
    InvalidMessage,
    JoinChatError,
    Rejected,
    SendResult,
    ServiceUnavailable,
    Unauthorized,
)
from joinchat_django.conf import DeliverySettings
from joinchat_django.models import OutboxMessage

from .retrying import RetryPolicy

Status = OutboxMessage.Status

#: Characters of an error and of an answer that a row keeps.
KEPT = 2_000

#: Seconds that a server's ``Retry-After`` holds a bot back, at least and at most.
SHORTEST_PAUSE = 1.0
LONGEST_PAUSE = 3600.0


@dataclass(frozen=True)
class Outcome:
    """What to write into a row.

    ``wait`` is the seconds until a queued row is due again. ``called`` tells whether JoinChat was
    called at all, ``attempted`` whether that counts. ``in_doubt`` tells that the message may have
    been delivered. ``pause`` holds the whole bot back: for so many seconds, or ``inf`` for as long
    as pauses have grown by now. ``is_rejection`` tells of a 2xx that refuses: several in the same
    words are the bot's fault.
    """

    status: str
    called: bool = True
    attempted: bool = True
    in_doubt: bool = False
    wait: float = 0.0
    pause: float | None = None
    is_rejection: bool = False
    error: str = ""
    http_status: int | None = None
    answer: str = ""

    @property
    def says_of_bot(self) -> bool:
        """Whether this may be the bot's fault rather than the message's."""
        return self.is_rejection or self.pause is not None


@dataclass(frozen=True)
class Settlement:
    """A claimed row and what its call came to.

    ``cut_short`` tells that the call had less time than its bot allows: if it ended in doubt, the
    row is left to a worker, who has that time. ``is_probe`` tells that the call was to find out
    whether a paused bot is let in again.
    """

    row: OutboxMessage
    outcome: Outcome
    cut_short: bool = False
    is_probe: bool = False

    @property
    def attempts(self) -> int:
        """The calls that count, with this one."""
        return self.row.attempts + self.outcome.attempted

    @property
    def is_left_to_worker(self) -> bool:
        """Whether no request is to try again for a while."""
        return self.cut_short and self.outcome.in_doubt


def accepted(result: SendResult) -> Outcome:
    """Return the outcome of a message that JoinChat took."""
    return Outcome(Status.SENT, http_status=result.status, answer=storable(result.answer))


def expired() -> Outcome:
    """Return the outcome of a message that is not sent because its time is over."""
    return Outcome(Status.EXPIRED, called=False, attempted=False)


def unreadable(error: Exception) -> Outcome:
    """Return the outcome of a row that cannot be made into a request."""
    return Outcome(Status.FAILED, called=False, attempted=False, error=_words(error))


def failed(error: Exception, attempts: int, settings: DeliverySettings) -> Outcome:
    """Return the outcome of a call that raised, ``attempts`` calls having been made with it."""
    if not isinstance(error, JoinChatError):
        # A bug: this message's end, and nobody else's.
        return Outcome(Status.FAILED, error=_words(error))
    outcome = _decide(error, attempts, settings)
    return replace(
        outcome,
        error=_words(error),
        http_status=error.status,
        answer=storable(error.answer),
    )


def _decide(error: JoinChatError, attempts: int, settings: DeliverySettings) -> Outcome:
    if isinstance(error, Unauthorized):
        return Outcome(Status.QUEUED, attempted=False, pause=float("inf"))
    if isinstance(error, Rejected):
        return Outcome(Status.FAILED, is_rejection=200 <= (error.status or 0) < 300)
    if isinstance(error, InvalidMessage):
        return Outcome(Status.FAILED)
    uncertain = isinstance(error, DeliveryUncertain)
    if uncertain and not settings.retry_uncertain:
        return Outcome(Status.UNCERTAIN, in_doubt=True)
    asked = error.retry_after if isinstance(error, ServiceUnavailable) else None
    if error.status == 429 and asked is not None:
        # The flood is the bot's, so it costs no message an attempt.
        pause = min(max(asked, SHORTEST_PAUSE), LONGEST_PAUSE)
        return Outcome(Status.QUEUED, attempted=False, pause=pause)
    wait = RetryPolicy(settings.max_attempts).wait(attempts, asked)
    if wait is None:
        return Outcome(Status.UNCERTAIN if uncertain else Status.FAILED, in_doubt=uncertain)
    return Outcome(Status.QUEUED, wait=wait, in_doubt=uncertain)


def _words(error: Exception) -> str:
    if isinstance(error, JoinChatError):
        return storable(str(error))
    return storable("".join(traceback.format_exception(error))[-KEPT:])


def storable(text: str) -> str:
    """Return a text that every database stores: without NUL and lone surrogates, bounded."""
    clean = text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    return clean[:KEPT]
