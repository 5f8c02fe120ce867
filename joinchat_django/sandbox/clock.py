"""The sandbox's own time, which can be moved ahead to see what a day changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

_FARTHEST = timedelta(days=100 * 366)

Listener = Callable[[datetime, datetime], None]


class SandboxClock:
    """Real time and what it was moved ahead by. Thread-safe.

    It never goes back but by :meth:`reset`, so that what has arrived has arrived. ``lock`` is held
    while it is set and its listeners are told, so that who holds it sees both or neither.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._ahead = timedelta()
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Have ``listener(before, now)`` called whenever the clock is set, from one to the other.

        It is called with ``lock`` held.
        """
        with self.lock:
            self._listeners.append(listener)

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of real time."""
        with self.lock:
            return self._ahead

    def now(self) -> datetime:
        """Return the sandbox's time, in UTC."""
        return datetime.now(timezone.utc) + self.ahead

    def move(self, seconds: float) -> None:
        """Move ahead by so many seconds.

        Raises ``ValueError`` unless 0 < seconds <= a year, or if that were more than a hundred
        years in all.
        """
        if not 0 < seconds <= 366 * 86_400:
            raise ValueError("The clock is moved ahead by more than 0 seconds, a year at most.")
        with self.lock:
            ahead = self._ahead + timedelta(seconds=seconds)
            if ahead > _FARTHEST:
                raise ValueError("The clock is a hundred years ahead: reset it.")
            self._set(ahead)

    def reset(self) -> None:
        """Return to real time."""
        with self.lock:
            self._set(timedelta())

    def _set(self, ahead: timedelta) -> None:
        before = self.now()
        now = before - self._ahead + ahead
        self._ahead = ahead
        for listener in self._listeners:
            listener(before, now)
