"""One sweep of the outbox: claim what is due, call, settle, until nothing is due."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable

from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.utils import timezone

from joinchat_django import conf
from joinchat_django.backends import Backend, get_backend
from joinchat_django.models import OutboxMessage

from . import claims, pauses
from .outcomes import Outcome, accepted, failed
from .settling import settle

logger = logging.getLogger("joinchat_django.delivery")

#: Rows that are claimed at once. They are called one after the other, so few are best.
BATCH = 10

#: A bounded sweep begins no call with less time than this, in seconds, and than this many times
#: the slowest call so far: a call that is cut short may have been delivered all the same.
LEAST_TIME = 1.0
SLOWEST_TIMES = 3.0

#: Waits, in seconds, between attempts to write an outcome down.
SETTLE_WAITS = (0.05, 0.2, 0.5, 1.0, 2.0)


def deliver_due(
    *,
    bots: Iterable[str] | None = None,
    seconds: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Deliver what is due until nothing is, and return how many rows came to which status.

    ``bots`` are aliases, all by default; they take turns. ``seconds`` bounds the whole sweep; what
    does not fit stays queued. ``stopped`` is asked between messages. Raises
    ``ImproperlyConfigured`` at the end if a bot's backend could not be had.
    """
    sweep = _Sweep(conf.delivery(), seconds, stopped)
    return sweep.run(conf.bots() if bots is None else bots)


class _Sweep:
    def __init__(
        self, settings: conf.DeliverySettings, seconds: float | None, stopped: Callable[[], bool]
    ) -> None:
        self.settings = settings
        self.stopped = stopped
        self.end = None if seconds is None else time.monotonic() + seconds
        self.slowest: float | None = None
        self.done: Counter[str] = Counter()

    def run(self, aliases: Iterable[str]) -> Counter[str]:
        backends: list[Backend] = []
        unusable: ImproperlyConfigured | None = None
        for alias in aliases:
            try:
                # Before any row is claimed: a backend that cannot be had is no message's fault.
                backends.append(get_backend(conf.bot(alias)))
            except ImproperlyConfigured as error:
                logger.error("bot=%s cannot send: %s", alias, error)
                unusable = error
        for backend in backends:
            claims.recover(backend.bot.alias, self.settings)
        while backends:
            backends = [backend for backend in backends if self._deliver_batch(backend)]
        if unusable:
            raise unusable
        return self.done

    def _deliver_batch(self, backend: Backend) -> bool:
        """Deliver one batch of a bot, and tell whether there may be more to do."""
        if self.stopped() or self._time_for_a_call(backend) is None:
            return False
        batch = claims.claim(
            backend.bot.alias,
            limit=pauses.allowance(backend.bot.alias, BATCH),
            lease=self.settings.lease,
            in_a_hurry=self.end is not None,
        )
        before = sum(self.done.values())
        lease_end = time.monotonic() + self.settings.lease
        waiting = list(batch)
        try:
            while waiting and not self.stopped():
                deadline = self._time_for_a_call(backend)
                if deadline is None or time.monotonic() + deadline > lease_end:
                    break
                row = waiting.pop(0)
                outcome = self._deliver(row, backend, deadline)
                if outcome.pause is not None or row.status != outcome.status:
                    break  # The bot is paused.
        finally:
            claims.give_back(waiting)
        return sum(self.done.values()) > before

    def _time_for_a_call(self, backend: Backend) -> float | None:
        """Return the deadline of a call that begins now, None if there is no time for one."""
        full = backend.bot.options.deadline
        if self.end is None:
            return full
        left = self.end - time.monotonic()
        # The first call may always try: it has the whole time.
        needed = 0.2 if self.slowest is None else max(LEAST_TIME, SLOWEST_TIMES * self.slowest)
        return min(full, left) if left >= needed else None

    def _deliver(self, row: OutboxMessage, backend: Backend, deadline: float) -> Outcome:
        begun = time.monotonic()
        outcome = self._call(row, backend, deadline)
        self.slowest = max(self.slowest or 0.0, time.monotonic() - begun)
        if _settle_surely(row, outcome, cut_short=deadline < backend.bot.options.deadline):
            self.done[row.status] += 1
        return outcome

    def _call(self, row: OutboxMessage, backend: Backend, deadline: float) -> Outcome:
        if getattr(row, "is_late", False) or (row.expires_at and row.expires_at <= timezone.now()):
            return Outcome(OutboxMessage.Status.EXPIRED, attempted=False)
        try:
            return accepted(backend.send(row.envelope, deadline=deadline))
        except Exception as error:
            # Whatever one message raises ends or delays that message and harms no other.
            return failed(error, row.attempts + 1, self.settings)


def _settle_surely(row: OutboxMessage, outcome: Outcome, *, cut_short: bool) -> bool:
    """Write an outcome down, again after a while if the database is busy.

    Raises ``OperationalError`` if it stays so: the row's lease runs out then, and the message may
    go out twice.
    """
    for wait in SETTLE_WAITS:
        try:
            return settle(row, outcome, cut_short=cut_short)
        except OperationalError as error:
            logger.warning("outbox row=%s bot=%s could not be settled: %s", row.pk, row.bot, error)
            time.sleep(wait)
    return settle(row, outcome, cut_short=cut_short)
