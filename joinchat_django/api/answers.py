"""What JoinChat's answer to a request means (contract, "Response")."""

from __future__ import annotations

import email.utils
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timezone

from .errors import ANSWER_KEPT, Rejected, ServiceUnavailable, Unauthorized

#: Bytes of an answer that are read; the rest is left unread.
ANSWER_BOUND = 64 * 1024

#: Seconds that a server's ``Retry-After`` counts for at most: some 31 years.
LONGEST_WAIT = 999_999_999

_WORDS_KEPT = 500
_TRY_LATER = frozenset({408, 425, 429})
_SET_UP = frozenset({401, 403})


@dataclass(frozen=True)
class SendResult:
    """An accepted message: the answer's status and the beginning of its text."""

    status: int
    answer: str = ""


def read_answer(
    status: int,
    text: str,
    retry_after: float | None = None,
    *,
    scrub: Callable[[str], str] = str,
) -> SendResult:
    """Return the result that an answer stands for, or raise what it means instead.

    ``retry_after`` is the wait that it asks for, in seconds. ``scrub`` takes secret and signature
    out of what is kept of the answer; the meaning is read before. Raises ``ServiceUnavailable``
    (408, 425, 429, 5xx), ``Unauthorized`` (401, 403) or ``Rejected`` (other 3xx and 4xx, and a 2xx
    that says so).
    """
    words = refusal(text)
    if words is not None:
        words = scrub(words)[:_WORDS_KEPT]
    text = scrub(text)
    if 200 <= status < 300:
        if words is None:
            return SendResult(status, text[:ANSWER_KEPT])
        raise Rejected(f"JoinChat refused the message: {words}", status=status, answer=text)
    said = f"HTTP {status}" + (f": {words}" if words else "")
    if status in _TRY_LATER or status >= 500:
        raise ServiceUnavailable(
            f"JoinChat could not take the message now ({said}).",
            status=status,
            answer=text,
            retry_after=retry_after,
        )
    if status in _SET_UP:
        raise Unauthorized(
            f"JoinChat does not accept this bot's requests ({said}). Compare PAGE_ID and "
            "API_SECRET with Settings → API in JoinChat's console.",
            status=status,
            answer=text,
        )
    raise Rejected(f"JoinChat refused the message ({said}).", status=status, answer=text)


def refusal(text: str) -> str | None:
    """Return the words of an answer that refuses a message, None for one that does not.

    An answer refuses if it is a JSON object with ``success: false`` or a non-empty ``error`` or
    ``errors``. The words are text that any log or database takes: no NUL, no lone surrogate.
    """
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    reason = data.get("errors") or data.get("error")
    if not reason and data.get("success") is not False:
        return None
    if isinstance(reason, dict):
        reason = reason.get("message") or reason.get("msg") or reason
    reason = reason or data.get("msg") or data.get("message") or "no reason given"
    words = reason if isinstance(reason, str) else json.dumps(reason, ensure_ascii=False)
    return words.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


def seconds_to_wait(value: str | None) -> float | None:
    """Return a ``Retry-After`` header's wait in seconds, None if it says nothing usable.

    It holds seconds or an HTTP date, which is in UTC; a date that has passed is a wait of 0.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        moment = email.utils.parsedate_to_datetime(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        wait = moment.timestamp() - time.time()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return min(max(0.0, wait), float(LONGEST_WAIT))
