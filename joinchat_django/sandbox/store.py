"""What has arrived at the sandbox, accepted and refused, in a store of bounded size."""

from __future__ import annotations

import secrets
import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .contract import RECIPIENT_KEYS


@dataclass(frozen=True)
class Received:
    """One request to ``/api/send_message`` and what became of it.

    ``payload`` is the JSON object of the body, or None if the body held none. ``status`` is the
    HTTP status of the answer; ``reasons`` say why the request was refused, and are empty for one
    that was accepted, which alone has a ``message_id``. ``size`` is the body's length in bytes.
    """

    number: int
    at: datetime
    status: int
    payload: dict[str, Any] | None
    reasons: tuple[str, ...] = ()
    message_id: str = ""
    size: int = 0

    @property
    def accepted(self) -> bool:
        """Whether the sandbox took the message."""
        return bool(self.message_id)

    @property
    def recipient(self) -> tuple[str, str] | None:
        """The recipient as ``(key, value)``, or None if the request does not name exactly one."""
        recipient = self.field("recipient")
        if not isinstance(recipient, dict):
            return None
        found = [(key, recipient[key]) for key in RECIPIENT_KEYS if key in recipient]
        if len(found) != 1 or not isinstance(found[0][1], str):
            return None
        return found[0]

    def field(self, name: str) -> Any:
        """Return a top-level field of the payload, or None."""
        return None if self.payload is None else self.payload.get(name)


class Inbox:
    """A thread-safe store of the latest requests.

    It keeps at most ``limit`` accepted and ``limit`` refused requests, and of either at most
    ``max_bytes`` of body; beyond that the oldest go first. ``version`` grows with each change,
    and ``run`` names this store, so that a page can tell a restarted sandbox from an idle one.
    """

    def __init__(self, limit: int = 50_000, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.run = secrets.token_hex(8)
        self._changed = threading.Condition()
        self._accepted = _Shelf(limit, max_bytes)
        self._refused = _Shelf(limit, max_bytes)
        self._version = 0
        self._number = 0

    @property
    def version(self) -> int:
        """A number that grows whenever something arrives or is cleared."""
        with self._changed:
            return self._version

    def accept(self, payload: dict[str, Any], *, size: int = 0) -> Received:
        """Keep an accepted request and return it with its new message id."""
        return self._record(
            self._accepted, status=200, payload=payload, message_id=_new_id(), size=size
        )

    def refuse(
        self, status: int, reasons: list[str], payload: dict[str, Any] | None, *, size: int = 0
    ) -> Received:
        """Keep a refused request with its reasons and return it."""
        return self._record(
            self._refused, status=status, payload=payload, reasons=tuple(reasons), size=size
        )

    def messages(self) -> list[dict[str, Any]]:
        """Return the payloads of the accepted requests in order of arrival."""
        return [entry.payload for entry in self.accepted() if entry.payload is not None]

    def accepted(self) -> list[Received]:
        """Return the accepted requests in order of arrival."""
        with self._changed:
            return list(self._accepted.entries)

    def refused(self) -> list[Received]:
        """Return the refused requests in order of arrival."""
        with self._changed:
            return list(self._refused.entries)

    def entries(self) -> tuple[int, list[Received]]:
        """Return the version, and everything in order of arrival as of that version."""
        with self._changed:
            found = [*self._accepted.entries, *self._refused.entries]
            return self._version, sorted(found, key=lambda entry: entry.number)

    def clear(self) -> None:
        """Forget everything."""
        with self._changed:
            self._accepted.clear()
            self._refused.clear()
            self._version += 1
            self._changed.notify_all()

    def wait_for(self, count: int, timeout: float = 5.0) -> list[dict[str, Any]]:
        """Wait until ``count`` messages have been accepted, and return their payloads.

        ``timeout`` is in seconds. Raises ``TimeoutError``, which says what came instead.
        """
        with self._changed:
            if self._changed.wait_for(lambda: len(self._accepted.entries) >= count, timeout):
                return self.messages()
            found, refused = len(self._accepted.entries), list(self._refused.entries)
        text = f"Waited {timeout:g} s for {count} accepted messages, found {found}."
        for entry in refused[-3:]:
            text += f" Refused with {entry.status}: {'; '.join(entry.reasons)}."
        raise TimeoutError(text)

    def _record(self, shelf: _Shelf, **fields: Any) -> Received:
        with self._changed:
            self._number += 1
            entry = Received(number=self._number, at=datetime.now(timezone.utc), **fields)
            shelf.add(entry)
            self._version += 1
            self._changed.notify_all()
            return entry


class _Shelf:
    """A queue of requests that drops the oldest when it holds too many, or too much."""

    def __init__(self, limit: int, max_bytes: int) -> None:
        self.entries: deque[Received] = deque()
        self._limit = limit
        self._max_bytes = max_bytes
        self._bytes = 0

    def add(self, entry: Received) -> None:
        self.entries.append(entry)
        self._bytes += entry.size
        while len(self.entries) > self._limit or (
            self._bytes > self._max_bytes and len(self.entries) > 1
        ):
            self._bytes -= self.entries.popleft().size

    def clear(self) -> None:
        self.entries.clear()
        self._bytes = 0


def _new_id() -> str:
    return f"m_{secrets.token_hex(12)}"
