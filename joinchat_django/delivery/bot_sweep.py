"""One bot's part of a sweep: which rows to claim, and which calls may begin."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator

from joinchat_django import conf
from joinchat_django.backends import Backend
from joinchat_django.models import OutboxMessage

from . import claims, pauses, throttle
from .crews import Crew, ThisThread, Threads
from .databases import persistently
from .lanes import Lane, Step, lanes_of, travel
from .pauses import Admission
from .settling import Settlement

#: Rows that a request claims at once. It calls for them one after the other, so few are best.
BATCH = 10

#: Rows that a worker claims at once at most.
LARGEST_BATCH = 500

#: Seconds of calls that a worker claims ahead. What it holds when it dies is in doubt.
AHEAD = 0.25

#: The same for a bot whose rate is limited: what one worker has reserved delays the others.
PACED_AHEAD = 1.0

#: Seconds between two looks for due rows while calls are being made.
LOOK_EVERY = 0.25

#: A bounded sweep begins no call with less time than this, in seconds, and than this many times
#: the slowest call so far: a call that is cut short may have been delivered all the same.
LEAST_TIME = 1.0
SLOWEST_TIMES = 3.0

#: Seconds for which a claim is tried again while the database is busy or away.
CLAIM_PATIENCE = 2.0

#: Seconds by which a lease must outlast a call that begins, so that its result can be written.
SETTLE_MARGIN = 1.0


class BotSweep:
    """Claims the due rows of one bot and has them called.

    ``end`` is when a bounded sweep has to be over, by ``time.monotonic()``; its calls are made in
    this thread. Otherwise up to ``concurrency`` threads make them, and ``woken`` is set when there
    is something to do.
    """

    def __init__(
        self,
        backend: Backend,
        settings: conf.DeliverySettings,
        end: float | None,
        concurrency: int,
        woken: threading.Event,
    ) -> None:
        self.alias = backend.bot.alias
        self._backend = backend
        self._settings = settings
        self._end = end
        self._crew: Crew = (
            Threads(self._travel, size=concurrency, low_water=concurrency, woken=woken)
            if end is None
            else ThisThread(self._travel)
        )
        self._low_water = concurrency
        self._least = BATCH if end is not None else 2 * concurrency
        self._batch = self._least
        self._full_at: float | None = None
        self._look_at = -math.inf
        self._paced_until = -math.inf
        self._halted = threading.Event()
        self._slowest: float | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no call is being made and nothing is left to be written down."""
        return self._crew.is_idle

    def claim(self) -> int:
        """Claim rows if few are left to be called, and return how many."""
        if not self._has_room():
            return 0
        self._halted.clear()
        admission = pauses.admission(self.alias, probe_seconds=self._settings.lease)
        claimed = self._claim(admission)
        if not claimed:
            self._look_at = time.monotonic() + LOOK_EVERY
            if admission is Admission.PROBE:
                pauses.give_back_probe(self.alias)
        return claimed

    def fetch(self) -> list[Step]:
        """Fetch what calls have come to, and what was not begun."""
        steps = self._crew.steps()
        if steps:
            self._look_at = -math.inf
        return steps

    def take_note(self, settled: Iterable[Settlement]) -> None:
        """Begin no more calls if a result was taken for the bot's fault when it was written."""
        for one in settled:
            if one.row.bot == self.alias and one.row.status != one.outcome.status:
                self._halted.set()

    def halt(self) -> None:
        """Begin no more calls."""
        self._halted.set()

    def close(self) -> None:
        """Return when no call is being made."""
        self._crew.close()

    def _has_room(self) -> bool:
        now = time.monotonic()
        if self._crew.waiting > self._low_water or now < self._look_at:
            return False
        if self._halted.is_set() and not self.is_idle:
            return False  # Paused a moment ago: what was claimed before comes back first.
        if self._paced_until > now + PACED_AHEAD and not self.is_idle:
            return False
        return self._time_for_a_call() is not None

    def _claim(self, admission: Admission) -> int:
        begun = time.monotonic()
        limit = self._limit(admission, begun)

        def claim() -> list[OutboxMessage]:
            return claims.claim(
                self.alias,
                limit=limit,
                lease=self._settings.lease,
                in_a_hurry=self._end is not None,
            )

        patience = CLAIM_PATIENCE if self._end is None else self._end - begun
        claimed = persistently(claim, patience)
        is_full = len(claimed) == limit and self._end is None
        self._full_at = begun if is_full else None
        if not claimed:
            return 0
        lanes = lanes_of(
            claimed, begun + self._settings.lease, is_probe=admission is Admission.PROBE
        )
        if self._settings.rate and not self._pace(lanes, len(claimed), self._settings.rate):
            claims.give_back(claimed)
            return 0
        for lane in lanes:
            self._crew.begin(lane)
        return len(claimed)

    def _limit(self, admission: Admission, now: float) -> int:
        if admission is not Admission.OPEN:
            return 1 if admission is Admission.PROBE else 0
        if self._full_at is not None:
            # Twice as many if the last ones were called in less than the time to claim ahead.
            size = self._batch * 2 if now - self._full_at < AHEAD else self._batch // 2
            self._batch = max(self._least, min(size, LARGEST_BATCH))
        if self._settings.rate:
            return min(self._batch, math.ceil(self._settings.rate * PACED_AHEAD))
        return self._batch

    def _pace(self, lanes: list[Lane], calls: int, rate: float) -> bool:
        """Give each call its turn, and tell whether there are turns soon enough."""
        now = time.monotonic()
        within = self._settings.lease / 2 if self._end is None else self._end - now
        wait = throttle.reserve(self.alias, calls, rate=rate, within=within)
        if wait is None:
            return False
        turns = (now + wait + number / rate for number in range(calls))
        for lane in lanes:
            lane.turns = [next(turns) for _ in lane.rows]
        self._paced_until = now + wait + calls / rate
        return True

    def _travel(self, lane: Lane) -> Iterator[Step]:
        begun = time.monotonic()
        for step in travel(lane, self._backend, self._settings, self._may_begin):
            self._slowest = max(self._slowest or 0.0, time.monotonic() - begun)
            if step.settlement and step.settlement.outcome.pause is not None:
                self._halted.set()
            yield step
            begun = time.monotonic()

    def _may_begin(self, lane: Lane) -> float | None:
        """Return the deadline of the lane's next call, None if it may not begin."""
        if lane.turns:
            wait = lane.turns.pop(0) - time.monotonic()
            if self._end is not None and time.monotonic() + wait > self._end:
                return None
            if wait > 0:
                self._halted.wait(wait)
        deadline = self._time_for_a_call()
        if self._halted.is_set() or deadline is None:
            return None
        ends = time.monotonic() + deadline + SETTLE_MARGIN
        return deadline if ends <= lane.lease_end else None

    def _time_for_a_call(self) -> float | None:
        """Return the deadline of a call that begins now, None if there is no time for one."""
        full = self._backend.bot.options.deadline
        if self._end is None:
            return full
        left = self._end - time.monotonic()
        # The first call may always try: it has the whole time.
        needed = 0.2 if self._slowest is None else max(LEAST_TIME, SLOWEST_TIMES * self._slowest)
        return min(full, left) if left >= needed else None
