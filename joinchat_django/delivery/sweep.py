"""One sweep of the outbox: claim what is due, call, settle, until nothing is due."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable

from django.core.exceptions import ImproperlyConfigured

from joinchat_django import conf
from joinchat_django.backends import get_backend

from . import claims, pauses, sources
from .announcing import Announcement
from .bot_sweep import LEAST_TIME, SETTLE_MARGIN, BotSweep
from .databases import persistently
from .settling import Settled, settle

logger = logging.getLogger("joinchat_django.delivery")

#: Seconds between two settles, while calls are being made: each costs a transaction, and what is
#: not yet written down is in doubt if the process dies.
SETTLE_EVERY = 0.1

#: Results that are not kept waiting for that.
SETTLED_TOGETHER = 250

#: Seconds between two looks at whether more calls at a time are worth it.
ADJUST_EVERY = 0.01

#: Seconds between two times at which the sources are asked, while calls are being made.
ASK_EVERY = 0.25

#: Seconds between two looks for dead workers.
RECOVER_EVERY = 15.0


def deliver_due(
    *,
    bots: Iterable[str] | None = None,
    seconds: float | None = None,
    concurrency: int | None = None,
    stopped: Callable[[], bool] = lambda: False,
    progress: Callable[[Counter[str]], object] | None = None,
) -> Counter[str]:
    """Deliver what is due until nothing is, and return how many rows came to which status.

    ``bots`` are aliases, all by default. ``concurrency`` is how many calls each of them makes at
    a time, by default as the settings say. ``seconds`` bounds the whole sweep, which then makes
    its calls in this thread; what does not fit stays queued. ``stopped`` is asked several times a
    second: calls in hand are finished, and what was not begun is given back. ``progress`` is
    called with the counts of what has just been written down.

    Raises ``ImproperlyConfigured`` at the end if a bot's backend could not be had, and a database
    error if the database stays away: what could not be written down is tried again when the
    lease of the rows has run out.
    """
    sweep = _Sweep(conf.delivery(), seconds, concurrency, stopped, progress)
    return sweep.run(conf.bots() if bots is None else bots)


class _Sweep:
    def __init__(
        self,
        settings: conf.DeliverySettings,
        seconds: float | None,
        concurrency: int | None,
        stopped: Callable[[], bool],
        progress: Callable[[Counter[str]], object] | None,
    ) -> None:
        self.settings = settings
        self.end = None if seconds is None else time.monotonic() + seconds
        self.concurrency = concurrency or settings.concurrency
        self.stopped = stopped
        self.progress = progress
        self.woken = threading.Event()
        self.done: Counter[str] = Counter()
        self.announcements: deque[Announcement] = deque()
        self.recovered_at = -math.inf
        self.settled_at = -math.inf
        self.asked_at = time.monotonic()

    def run(self, aliases: Iterable[str]) -> Counter[str]:
        sweeps: list[BotSweep] = []
        unusable: ImproperlyConfigured | None = None
        for alias in aliases:
            try:
                # Before any row is claimed: a backend that cannot be had is no message's fault.
                backend = get_backend(conf.bot(alias))
                self._check_lease(backend.bot)
            except ImproperlyConfigured as error:
                logger.error("bot=%s cannot send: %s", alias, error)
                unusable = error
            else:
                sweeps.append(
                    BotSweep(backend, self.settings, self.end, self.concurrency, self.woken)
                )
        try:
            self._deliver(sweeps)
        finally:
            self._end(sweeps)
        if unusable:
            raise unusable
        return self.done

    def _check_lease(self, bot: conf.Bot) -> None:
        """Raise ``ImproperlyConfigured`` if a row's lease would end before its call can."""
        if self.settings.lease < bot.options.deadline + SETTLE_MARGIN:
            raise ImproperlyConfigured(
                f"JOINCHAT_DELIVERY['LEASE'] is {self.settings.lease:g} seconds, too short for "
                f"calls that may take {bot.options.deadline:g}. manage.py check says how long."
            )

    def _deliver(self, sweeps: list[BotSweep]) -> None:
        while not self.stopped():
            self.woken.clear()
            self._recover(sweeps)
            if time.monotonic() - self.asked_at >= ASK_EVERY:
                self._ask_sources(sweeps)
            # Receivers may take their time: nobody else's result and lease is to wait for them.
            claimed = 0 if self.announcements else sum(sweep.claim() for sweep in sweeps)
            for sweep in sweeps:
                sweep.adjust()
            # What came to an end frees its recipients for the next claim.
            settled = self._settle(sweeps) if claimed or self._is_time_to_settle(sweeps) else 0
            is_idle = all(sweep.is_idle for sweep in sweeps)
            if is_idle and self.announcements:
                self._announce()
            elif is_idle and not claimed and not settled:
                if not self._ask_sources(sweeps):
                    return
            elif not claimed and not settled:
                may_grow = any(sweep.may_grow for sweep in sweeps)
                self.woken.wait(ADJUST_EVERY if may_grow else self._until_settling())

    def _until_settling(self) -> float:
        """Return in how many seconds results have waited for long enough."""
        passed = time.monotonic() - self.settled_at
        return min(SETTLE_EVERY, max(0.0, SETTLE_EVERY - passed) or SETTLE_EVERY)

    def _is_time_to_settle(self, sweeps: list[BotSweep]) -> bool:
        return (
            time.monotonic() - self.settled_at >= SETTLE_EVERY
            or sum(sweep.results for sweep in sweeps) >= SETTLED_TOGETHER
            or any(sweep.is_urgent for sweep in sweeps)
        )

    def _recover(self, sweeps: list[BotSweep]) -> None:
        if time.monotonic() - self.recovered_at >= RECOVER_EVERY:
            if sum(claims.recover(sweep.alias, self.settings) for sweep in sweeps):
                # Some of it may be what a source holds back.
                self.asked_at = -math.inf
            self.recovered_at = time.monotonic()

    def _ask_sources(self, sweeps: list[BotSweep]) -> bool:
        """Let the sources queue what they have, and tell whether rows may be due now."""
        # What is queued now has to find the time for a call, too.
        end = None if self.end is None else self.end - LEAST_TIME
        if end is not None and time.monotonic() >= end:
            return False
        has_changed = sources.ask([sweep.alias for sweep in sweeps], end)
        self.asked_at = time.monotonic()
        if has_changed:
            for sweep in sweeps:
                sweep.look_again()
        return has_changed

    def _settle(self, sweeps: list[BotSweep]) -> int:
        """Write down what rows have come to, and return how many there were."""
        steps = [step for sweep in sweeps for step in sweep.fetch()]
        self.settled_at = time.monotonic()
        if not steps:
            return 0
        unbegun = [row for step in steps for row in step.unbegun]
        probes = {row.bot for step in steps if step.is_probe for row in step.unbegun}
        group = [step.settlement for step in steps if step.settlement]

        def write() -> Settled:
            # First what follows a message that has to wait: it is to wait with it.
            claims.give_back(unbegun)
            for alias in probes:
                pauses.give_back_probe(alias)
            return settle(group)

        def hold() -> None:
            # What cannot be written down now may be in doubt later: add nothing to it.
            for sweep in sweeps:
                sweep.halt()

        patience = self.settings.lease if self.end is None else self.end - time.monotonic()
        settled = persistently(write, patience, at_least=3, troubled=hold, stopped=self.stopped)
        for sweep in sweeps:
            sweep.take_note(settled.settlements)
        counts = Counter(settlement.row.status for settlement in settled.settlements)
        self.done += counts
        self.announcements += settled.announcements
        if self.progress and counts:
            self.progress(counts)
        return len(group) + len(unbegun)

    def _announce(self) -> None:
        """Send the signals that tell of what has been written down."""
        while self.announcements:
            self.announcements.popleft().make()

    def _end(self, sweeps: list[BotSweep]) -> None:
        """Finish the calls in hand, and give back what was not begun."""
        for sweep in sweeps:
            sweep.halt()
        try:
            for sweep in sweeps:
                sweep.close()
        finally:
            self._settle(sweeps)
            self._announce()
