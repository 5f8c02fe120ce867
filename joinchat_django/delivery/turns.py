"""The turns of one bot's calls in a sweep, where its rate is limited."""

from __future__ import annotations

import math
import threading
import time

from . import throttle
from .lanes import Lane

#: Seconds of turns that a worker reserves ahead: they delay the other workers.
PACED_AHEAD = 1.0


class Turns:
    """Gives each call the time at which it may begin. Without a ``rate`` that is at once.

    ``end`` is when a bounded sweep has to be over, by ``time.monotonic()``; where there is none,
    ``spare`` is how many seconds a lease leaves besides the longest call. Once ``halted`` is set,
    nobody waits for a turn any more.
    """

    def __init__(
        self,
        bot: str,
        rate: float | None,
        end: float | None,
        spare: float,
        halted: threading.Event,
    ) -> None:
        #: When turns that are near enough can be had again, and until when they are taken.
        self.free_at = -math.inf
        self.taken_until = -math.inf
        self._bot = bot
        self._rate = rate
        self._end = end
        self._spare = spare
        self._halted = halted
        self._last = -math.inf
        self._lock = threading.Lock()

    def are_near(self) -> bool:
        """Tell whether the bot's rate leaves time for calls soon enough to claim for them."""
        if not self._rate:
            return True
        too_long = throttle.free_in(self._bot) - self._may_wait()
        if too_long <= 0:
            return True
        self.free_at = time.monotonic() + too_long
        return False

    def take(self, lanes: list[Lane], calls: int) -> bool:
        """Give each call its turn, and tell whether there are turns soon enough."""
        rate = self._rate
        if not rate:
            return True
        now = time.monotonic()
        wait = throttle.reserve(self._bot, calls, rate=rate, within=self._may_wait())
        if wait is None:
            return False  # Somebody else has taken them meanwhile.
        turns = (now + wait + number / rate for number in range(calls))
        for lane in lanes:
            lane.turns = [next(turns) for _ in lane.rows]
        self.taken_until = now + wait + calls / rate
        return True

    def wait_for(self, turn: float) -> bool:
        """Wait until a call may begin, and tell whether there was the time for that."""
        with self._lock:
            # One that comes too late does not bring the next one forward.
            turn = max(turn, time.monotonic(), self._last + 1 / (self._rate or math.inf))
            if self._end is not None and turn > self._end:
                return False
            self._last = turn
        wait = turn - time.monotonic()
        if wait > 0:
            self._halted.wait(wait)
        return True

    def _may_wait(self) -> float:
        """Return how many seconds a claim's first turn may be ahead, so that its last one fits."""
        if self._end is not None:
            return self._end - time.monotonic()
        return max(0.0, self._spare - PACED_AHEAD)
