"""What has arrived at the sandbox, accepted and refused, in a store of bounded size."""

from __future__ import annotations

import heapq
import secrets
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from .clock import SandboxClock
from .received import Received, recipient_of
from .window import Activities, is_tagged, why_closed

_LONGEST_DELAY = 10


class Inbox:
    """A thread-safe store of the latest requests, and of who was active when.

    It keeps at most ``limit`` accepted and ``limit`` refused requests, and of either at most
    ``max_bytes`` (see ``Received.size``), which is some 3,500 carousels of ten cards; beyond that
    the oldest go first. ``version`` grows with each change, and ``run`` names this store, so that a
    page can tell a restarted sandbox from an idle one. All times are those of ``clock``. Set back,
    it takes no delivery back, and leaves a message that waits its delay.
    """

    def __init__(
        self,
        limit: int = 50_000,
        max_bytes: int = 64 * 1024 * 1024,
        clock: SandboxClock | None = None,
    ) -> None:
        self.run = secrets.token_hex(8)
        self.clock = SandboxClock() if clock is None else clock
        # One lock for both, so that nothing arrives between a move of the clock and its effects.
        self._changed = threading.Condition(self.clock.lock)
        self._accepted = _Shelf(limit, max_bytes)
        self._refused = _Shelf(limit, max_bytes)
        self._activities = Activities(limit)
        self._waiting: list[datetime] = []  # A heap of when delayed messages become due.
        self._version = 0
        self._number = 0
        self.clock.listen(self._clock_was_set)

    @property
    def version(self) -> int:
        """A number that grows with each change, and when a delayed message becomes due."""
        with self._changed:
            return self._current_version()

    @property
    def dropped(self) -> int:
        """How many requests had to make room for later ones since the inbox was last cleared."""
        with self._changed:
            return self._accepted.dropped + self._refused.dropped

    def accept(self, payload: dict[str, Any], **what_came: Any) -> Received:
        """Keep an accepted request and return it with its new message id.

        ``what_came`` are further fields of ``Received``. A recipient who is not known yet is
        active from now on.
        """
        with self._changed:
            now = self.clock.now()
            if (person := recipient_of(payload)) is not None:
                self._activities.see(person, now)
            return self._record(
                self._accepted,
                status=200,
                at=now,
                deliver_at=now + _delay(payload),
                payload=payload,
                message_id=_new_id(),
                **what_came,
            )

    def refuse(
        self, status: int, reasons: Iterable[str], payload: dict[str, Any] | None, **what_came: Any
    ) -> Received:
        """Keep a refused request with its reasons and return it."""
        with self._changed:
            return self._record(
                self._refused,
                status=status,
                at=self.clock.now(),
                payload=payload,
                reasons=tuple(reasons),
                **what_came,
            )

    def why_window_closed(self, payload: dict[str, Any]) -> str:
        """Say why the 24-hour window refuses this message; empty if it lets it pass."""
        person = recipient_of(payload)
        if person is None or is_tagged(payload):
            return ""
        return why_closed(person, self.last_active(*person), self.clock.now())

    def messages(self) -> list[dict[str, Any]]:
        """Return the payloads of the accepted requests in order of arrival, delayed ones too."""
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
            return self._current_version(), sorted(found, key=lambda entry: entry.number)

    def find(self, number: int) -> Received | None:
        """Return the request with this number, or None if it is not kept."""
        with self._changed:
            kept = chain(self._accepted.entries, self._refused.entries)
            return next((entry for entry in kept if entry.number == number), None)

    def delete(self, number: int) -> bool:
        """Forget one request, and tell whether it was there."""
        return self._remove(lambda entry: entry.number == number) > 0

    def delete_conversation(self, kind: str, value: str) -> int:
        """Forget a recipient with all requests and the activity. Returns how many requests went."""
        with self._changed:
            if self._activities.forget((kind, value)):
                self._change()
            return self._remove(lambda entry: entry.recipient == (kind, value))

    def clear(self) -> None:
        """Forget every request and every activity. The clock stays as it is."""
        with self._changed:
            self._accepted.clear()
            self._refused.clear()
            self._activities.clear()
            self._waiting.clear()
            self._change()

    def touch(self, kind: str, value: str) -> None:
        """Note that this person is active now: they have clicked, or written to the bot."""
        with self._changed:
            self._activities.touch((kind, value), self.clock.now())
            self._change()

    def activities(self) -> dict[tuple[str, str], datetime]:
        """Return when each known person was last active, by ``(kind, value)``."""
        with self._changed:
            return self._activities.all()

    def last_active(self, kind: str, value: str) -> datetime | None:
        """Return when this person was last active, or None for one who is not known."""
        with self._changed:
            return self._activities.last((kind, value))

    def wait_for(self, count: int, timeout: float = 30.0) -> list[dict[str, Any]]:
        """Wait until ``count`` messages have been accepted, and return the payloads still kept.

        What was accepted counts until it is deleted or the inbox cleared, also if it had to make
        room for later ones. ``timeout`` is in seconds. Raises ``TimeoutError``, which says what
        came instead.
        """
        with self._changed:
            if self._changed.wait_for(lambda: self._accepted.count >= count, timeout):
                return self.messages()
            found, dropped = self._accepted.count, self._accepted.dropped
            refused = list(self._refused.entries)
        text = f"Waited {timeout:g} s for {count} accepted messages, found {found}"
        text += f" ({dropped} oldest dropped)." if dropped else "."
        for entry in refused[-3:]:
            text += f" Refused with {entry.status}: {'; '.join(entry.all_reasons)}."
        raise TimeoutError(text)

    def _clock_was_set(self, before: datetime, now: datetime) -> None:
        if now < before:
            ahead = before - now
            self._accepted.rewrite(lambda entry: _set_back(entry, before, now))
            self._waiting = sorted(at - ahead for at in self._waiting if at > before)
            self._activities.cap(now)
        self._change()

    def _record(self, shelf: _Shelf, **fields: Any) -> Received:
        self._number += 1
        entry = Received(number=self._number, **fields)
        shelf.add(entry)
        if entry.deliver_at is not None and entry.deliver_at > entry.at:
            heapq.heappush(self._waiting, entry.deliver_at)
        self._change()
        return entry

    def _remove(self, chosen: Callable[[Received], bool]) -> int:
        with self._changed:
            count = self._accepted.remove(chosen) + self._refused.remove(chosen)
            if count:
                self._change()
            return count

    def _current_version(self) -> int:
        now = self.clock.now()
        while self._waiting and self._waiting[0] <= now:
            heapq.heappop(self._waiting)
            self._version += 1
        return self._version

    def _change(self) -> None:
        self._version = self._current_version() + 1
        self._changed.notify_all()


class _Shelf:
    """A queue of requests that drops the oldest when it holds too many, or too much.

    ``dropped`` counts those since it was last cleared.
    """

    def __init__(self, limit: int, max_bytes: int) -> None:
        self.entries: deque[Received] = deque()
        self.dropped = 0
        self._limit = limit
        self._max_bytes = max_bytes
        self._bytes = 0

    @property
    def count(self) -> int:
        """How many have come since it was last cleared and were not deleted."""
        return len(self.entries) + self.dropped

    def add(self, entry: Received) -> None:
        self.entries.append(entry)
        self._bytes += entry.size
        while len(self.entries) > self._limit or (
            self._bytes > self._max_bytes and len(self.entries) > 1
        ):
            self._bytes -= self.entries.popleft().size
            self.dropped += 1

    def remove(self, chosen: Callable[[Received], bool]) -> int:
        kept = deque(entry for entry in self.entries if not chosen(entry))
        count = len(self.entries) - len(kept)
        if count:
            self.entries = kept
            self._bytes = sum(entry.size for entry in kept)
        return count

    def rewrite(self, new: Callable[[Received], Received]) -> None:
        self.entries = deque(new(entry) for entry in self.entries)

    def clear(self) -> None:
        self.entries.clear()
        self.dropped = 0
        self._bytes = 0


def _delay(payload: dict[str, Any]) -> timedelta:
    """Return the delay that a request asks for, within what the contract allows."""
    delay = payload.get("delay")
    if not isinstance(delay, int) or isinstance(delay, bool):
        return timedelta()
    return timedelta(seconds=min(max(delay, 0), _LONGEST_DELAY))


def _set_back(entry: Received, before: datetime, now: datetime) -> Received:
    """Return the entry as it stands once the clock has gone back from ``before`` to ``now``."""
    due = entry.deliver_at
    if due is None or due <= now:
        return entry
    return replace(entry, deliver_at=due - (before - now) if due > before else now)


def _new_id() -> str:
    return f"m_{secrets.token_hex(12)}"
