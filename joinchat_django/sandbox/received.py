"""One request as the sandbox keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any

from .contract import RECIPIENT_KEYS
from .signature import SignatureCheck

_VALUE_BYTES = 64
"""About what one value of a parsed body takes in memory besides its text."""


@dataclass(frozen=True)
class Received:
    """One request to ``/api/send_message`` and what became of it.

    ``at`` is when it arrived, by the sandbox's clock; ``deliver_at`` is when an accepted message
    reaches its recipient, which is ``delay`` seconds later. ``status`` is the HTTP status of the
    answer; ``reasons`` say why the request was refused, and are empty for one that was accepted,
    which alone has a ``message_id``. ``besides`` are what it would be refused for next, which the
    answer does not tell. ``overlooked`` are the faults that a lenient sandbox let pass, and
    ``fault`` says in words which fault on demand spoiled the answer.

    ``body`` and ``headers`` are what came, ``payload`` the JSON object of the body, or None if it
    holds none; ``signature`` is the check of its signature, or None if it was not checked.
    """

    number: int
    at: datetime
    status: int
    payload: dict[str, Any] | None
    reasons: tuple[str, ...] = ()
    besides: tuple[str, ...] = ()
    message_id: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    signature: SignatureCheck | None = None
    deliver_at: datetime | None = None
    overlooked: tuple[str, ...] = ()
    fault: str = ""

    @property
    def accepted(self) -> bool:
        """Whether the sandbox took the message."""
        return bool(self.message_id)

    @property
    def all_reasons(self) -> tuple[str, ...]:
        """Every reason against it, those that the answer does not tell marked as such."""
        return (*self.reasons, *(f"besides, {reason}" for reason in self.besides))

    @property
    def recipient(self) -> tuple[str, str] | None:
        """The recipient as ``(key, value)``, or None if the request does not name exactly one."""
        return recipient_of(self.payload)

    @cached_property
    def size(self) -> int:
        """About how many bytes of memory it takes: body, texts and each value of the payload."""
        texts = chain(self.reasons, self.besides, self.overlooked, *self.headers)
        length = len(self.body) + sum(map(len, texts))
        if (check := self.signature) is not None:
            length += sum(map(len, chain(*check.came))) + len(check.expected) + len(check.why)
        return length + _VALUE_BYTES * _count_values(self.payload)

    def field(self, name: str) -> Any:
        """Return a top-level field of the payload, or None."""
        return None if self.payload is None else self.payload.get(name)


def recipient_of(payload: dict[str, Any] | None) -> tuple[str, str] | None:
    """Return the one recipient that a request names as ``(key, value)``, else None."""
    recipient = None if payload is None else payload.get("recipient")
    if not isinstance(recipient, dict):
        return None
    found = [(key, recipient[key]) for key in RECIPIENT_KEYS if key in recipient]
    if len(found) != 1 or not isinstance(found[0][1], str):
        return None
    return found[0]


def _count_values(payload: object) -> int:
    """Count the values in what came out of JSON, however deep it is."""
    count, unseen = 0, [payload]
    while unseen:
        value = unseen.pop()
        count += 1
        if isinstance(value, dict):
            unseen.extend(value.values())
        elif isinstance(value, list):
            unseen.extend(value)
    return count
