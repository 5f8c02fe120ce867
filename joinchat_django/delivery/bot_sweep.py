"""One bot's part of a sweep: which rows to claim, and which calls may begin."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator

from joinchat_django import conf
from joinchat_django.backends import Backend
from joinchat_django.models import OutboxMessage

from . import claims, pauses
from .crews import Crew, ThisThread, Threads
from .databases import persistently
from .lanes import Lane, Step, lanes_of, travel
from .outcomes import Settlement
from .pauses import Admission
from .turns import PACED_AHEAD, Turns

#: Rows that a request claims at once. It calls for them one after the other, so few are best.
BATCH = 10

#: Rows that a worker claims at once at most.
LARGEST_BATCH = 500

#: Seconds of calls that a worker claims ahead. What it holds when it dies is in doubt.
AHEAD = 0.25

#: Seconds after which it gives back what it claimed and has not begun, since calls take longer
#: than it thought.
TOO_LONG = 1.0

#: Seconds that a call is taken to need before any was made.
FIRST_GUESS = 0.1

#: Seconds between two looks for due rows while calls are being made.
LOOK_EVERY = 0.25

#: A bounded sweep begins no call with less time than this, in seconds, and than this many times
#: the slowest call so far: a call that is cut short may have been delivered all the same.
LEAST_TIME = 1.0
SLOWEST_TIMES = 3.0

#: Seconds by which a lease must outlast a call that begins, so that its result can be written.
SETTLE_MARGIN = 1.0

#: Seconds for which a claim is tried again while the database is busy or away.
CLAIM_PATIENCE = 2.0


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
        self._woken = woken
        self._threads = (
            Threads(self._travel, most=concurrency, woken=woken) if end is None else None
        )
        self._crew: Crew = self._threads or ThisThread(self._travel)
        self._usual = FIRST_GUESS
        self._has_urgent_news = False
        self._slowest: float | None = None
        self._look_at = -math.inf
        self._halted = threading.Event()
        spare = settings.lease - backend.bot.options.deadline - SETTLE_MARGIN
        self._turns = Turns(self.alias, settings.rate, end, spare, self._halted)

    @property
    def is_idle(self) -> bool:
        """Whether no call is being made, and nothing is left to be written down or waited for."""
        is_waiting = self._end is None and time.monotonic() < self._turns.free_at
        return self._crew.is_idle and not is_waiting

    def claim(self) -> int:
        """Claim rows if few are left to be called, and return how many."""
        if not self._has_room():
            return 0
        self._halted.clear()
        admission = pauses.admission(self.alias, probe_seconds=self._settings.lease)
        may_claim = admission is not Admission.CLOSED and self._turns.are_near()
        claimed = self._claim_and_begin(admission) if may_claim else 0
        if not claimed:
            self._look_at = time.monotonic() + LOOK_EVERY
            if admission is Admission.PROBE:
                pauses.give_back_probe(self.alias)
        return claimed

    @property
    def results(self) -> int:
        """How many results there are to be written down."""
        return self._crew.results

    @property
    def is_urgent(self) -> bool:
        """Whether results are to be written down at once.

        They may say of the whole bot that it is to be paused, or nothing goes on without them.
        """
        return self._has_urgent_news or self._crew.has_ended

    @property
    def may_grow(self) -> bool:
        """Whether :meth:`adjust` may be of use before long."""
        return self._crew.may_grow

    def adjust(self) -> None:
        """Make more calls at a time, or fewer, if that is worth it now."""
        self._crew.adjust()

    def fetch(self) -> list[Step]:
        """Fetch what calls have come to, and what was not begun."""
        self._has_urgent_news = False
        if self._crew.take_back(time.monotonic() - TOO_LONG):
            self._usual = max(2 * self._usual, TOO_LONG)
        steps = self._crew.steps()
        if steps:
            self._look_at = -math.inf
        return steps

    def take_note(self, settled: Iterable[Settlement]) -> None:
        """Begin no more calls if a result was taken for the bot's fault when it was written."""
        for one in settled:
            if one.row.bot == self.alias and one.row.status != one.outcome.status:
                self._halted.set()

    def look_again(self) -> None:
        """Look for due rows at once, however short a while ago there were none."""
        self._look_at = -math.inf

    def halt(self) -> None:
        """Begin no more calls."""
        self._halted.set()

    def close(self) -> None:
        """Return when no call is being made."""
        self._crew.close()

    def _has_room(self) -> bool:
        now = time.monotonic()
        if now < max(self._look_at, self._turns.free_at):
            return False
        if 2 * self._crew.waiting > self._wanted():
            return False
        if not self._crew.is_idle:
            if self._halted.is_set():
                return False  # Paused a moment ago: what was claimed before comes back first.
            if self._turns.taken_until > now + PACED_AHEAD:
                return False
        return self._time_for_a_call() is not None

    def _wanted(self) -> int:
        """Return how many lanes are to wait: those whose turn comes within ``AHEAD`` seconds."""
        return min(LARGEST_BATCH, math.ceil(self._crew.size * AHEAD / max(self._usual, 1e-4)))

    def _limit(self, admission: Admission) -> int:
        if admission is Admission.PROBE:
            return 1
        if self._end is not None:
            limit = BATCH
        else:
            limit = min(LARGEST_BATCH, self._wanted() + self._crew.free - self._crew.waiting)
        if self._settings.rate:
            limit = min(limit, math.ceil(self._settings.rate * PACED_AHEAD))
        return max(limit, 1)

    def _claim_and_begin(self, admission: Admission) -> int:
        begun = time.monotonic()

        def claim() -> list[OutboxMessage]:
            return claims.claim(
                self.alias,
                limit=self._limit(admission),
                lease=self._settings.lease,
                in_a_hurry=self._end is not None,
            )

        patience = CLAIM_PATIENCE if self._end is None else self._end - begun
        claimed = persistently(claim, patience)
        is_probe = admission is Admission.PROBE
        lanes = lanes_of(claimed, begun, self._settings.lease, is_probe=is_probe)
        if self._threads:
            self._threads.low_water = self._wanted() // 2
        try:
            if claimed and self._turns.take(lanes, len(claimed)):
                while lanes:
                    self._crew.begin(lanes[0])
                    del lanes[0]
        finally:
            left = [row for lane in lanes for row in lane.rows]
            claims.give_back(left)
        return len(claimed) - len(left)

    def _travel(self, lane: Lane) -> Iterator[Step]:
        for step in travel(lane, self._backend, self._settings, self._may_begin):
            outcome = step.settlement.outcome if step.settlement else None
            if outcome and outcome.called:
                self._note(step.took)
            if outcome and outcome.pause is not None:
                self._halted.set()
            yield step
            if outcome and outcome.says_of_bot:
                self._has_urgent_news = True
                self._woken.set()

    def _note(self, took: float) -> None:
        """Take note of how many seconds a call took."""
        # Not exact where threads meet, and it need not be.
        if self._slowest is None:
            self._usual = took
        self._usual += (took - self._usual) / 8
        self._slowest = max(self._slowest or 0.0, took)
        if self._threads:
            self._threads.note(took)

    def _may_begin(self, lane: Lane) -> float | None:
        """Return the deadline of the lane's next call, None if it may not begin."""
        if lane.turns and not self._turns.wait_for(lane.turns.pop(0)):
            return None
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
