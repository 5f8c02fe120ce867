"""How many calls at a time are worth it."""

from __future__ import annotations

import math
import time

#: Callers that a crew begins with.
FIRST = 2

#: Seconds in which a call has to end, lest the crew is taken to wait for the network.
PATIENCE = 0.01

#: What a crew that waits grows by, until it is as large as the settings allow.
GROWTH = 4

#: A reckoning takes so many seconds at least, and at most, and calls of each caller in between.
RECKON_EVERY = 0.05
RECKON_WITHIN = 1.0
CALLS_OF_EACH = 2

#: The share of a processor below which a process has time for more calls, whatever they wait for.
SPARE = 0.3


class CrewSize:
    """As many callers as keep the interpreter busy, and no more than ``most``.

    Calls that wait for the network want many callers. Where they hardly do, callers wait for the
    interpreter's lock instead, and each one more slows all down. The quickest of some calls tells
    them apart: it waited for little but the network. So ``now`` follows how much longer that took
    than what a message costs this process in processor time.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.now = min(most, FIRST)
        self._looked_at = self._begun = time.monotonic()
        self._used = time.process_time()
        self._calls = self._since_look = 0
        self._quickest = math.inf

    @property
    def may_grow(self) -> bool:
        """Whether there may be more callers than now."""
        return self.now < self.most

    def note(self, took: float) -> None:
        """Take note of a call's seconds. Any thread may do so."""
        # Not exact where threads meet, and it need not be.
        self._calls += 1
        self._since_look += 1
        self._quickest = min(self._quickest, took)

    def look(self, *, is_short: bool) -> int:
        """Return how many callers there should be now, by what has been noted so far.

        ``is_short`` tells that every caller is busy, and calls are waiting for one.
        """
        now = time.monotonic()
        if now - self._looked_at < PATIENCE:
            return self.now
        is_stuck = is_short and not self._since_look
        self._looked_at, self._since_look = now, 0
        if is_stuck:
            self._set(GROWTH * self.now)
            self._begin_reckoning()
        elif self._is_time_to_reckon(now - self._begun):
            self._reckon(now - self._begun, is_short=is_short)
            self._begin_reckoning()
        return self.now

    def _is_time_to_reckon(self, seconds: float) -> bool:
        if self._calls >= CALLS_OF_EACH * self.now:
            return seconds >= RECKON_EVERY
        return self._calls > 0 and seconds >= RECKON_WITHIN

    def _reckon(self, seconds: float, *, is_short: bool) -> None:
        used = max(time.process_time() - self._used, 1e-6)
        # Not every call is as quick as the quickest.
        worth = math.ceil(1.5 * self._quickest * self._calls / used)
        has_time_to_spare = used < SPARE * seconds
        if is_short and has_time_to_spare:
            self._set(max(worth, 2 * self.now))
        elif is_short and worth > self.now:
            self._set(worth)
        elif self.now > 1.5 * worth and not has_time_to_spare:
            self._set(max(worth, self.now // 2))

    def _set(self, wanted: int) -> None:
        self.now = max(1, min(self.most, wanted))

    def _begin_reckoning(self) -> None:
        self._begun = time.monotonic()
        self._used = time.process_time()
        self._calls = self._since_look = 0
        self._quickest = math.inf
