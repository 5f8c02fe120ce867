"""One sweep of the outbox: claim what is due, call, settle, until nothing is due."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable

from joinchat_django import conf
from joinchat_django.backends import Backend, get_backend
from joinchat_django.models import OutboxMessage

from . import claims, pauses
from .outcomes import Outcome, accepted, failed
from .settling import settle

logger = logging.getLogger("joinchat_django.delivery")

#: Rows that are claimed at once.
BATCH = 50

#: A call is not begun with less time than this, in seconds.
LEAST_TIME = 0.2


def deliver_due(
    *,
    bots: Iterable[str] | None = None,
    seconds: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Counter[str]:
    """Deliver what is due until nothing is, and return how many rows came to which status.

    ``bots`` are aliases, all by default. ``seconds`` bounds the whole sweep; what does not fit
    stays queued. ``stopped`` is asked between messages.
    """
    settings = conf.delivery()
    end = None if seconds is None else time.monotonic() + seconds
    done: Counter[str] = Counter()
    for alias in conf.bots() if bots is None else bots:
        bot = conf.bot(alias)
        # Before any row is claimed: a backend that cannot be had is no message's fault.
        backend = get_backend(bot)
        claims.recover(alias, retry_uncertain=settings.retry_uncertain)
        while not stopped() and (end is None or end - time.monotonic() > LEAST_TIME):
            limit = pauses.allowance(alias, BATCH)
            batch = claims.claim(alias, limit=limit, lease=settings.lease)
            if not batch:
                break
            done.update(_deliver(batch, backend, settings, end, stopped))
    return done


def _deliver(
    batch: list[OutboxMessage],
    backend: Backend,
    settings: conf.DeliverySettings,
    end: float | None,
    stopped: Callable[[], bool],
) -> Counter[str]:
    """Call and settle one after the other; give back what there is no time or no leave for."""
    done: Counter[str] = Counter()
    lease_end = time.monotonic() + settings.lease
    for index, row in enumerate(batch):
        now = time.monotonic()
        left = min(backend.bot.options.deadline, float("inf") if end is None else end - now)
        if stopped() or left < LEAST_TIME or now + left > lease_end:
            claims.give_back(batch[index:])
            break
        outcome = _call(row, backend, settings, left)
        if settle(row, outcome):
            done[outcome.status] += 1
        if outcome.pause is not None:
            claims.give_back(batch[index + 1 :])
            break
    return done


def _call(
    row: OutboxMessage, backend: Backend, settings: conf.DeliverySettings, deadline: float
) -> Outcome:
    if getattr(row, "is_late", False):
        return Outcome(OutboxMessage.Status.EXPIRED, attempted=False)
    try:
        return accepted(backend.send(row.envelope, deadline=deadline))
    except Exception as error:
        # Whatever one message raises ends or delays that message and harms no other.
        return failed(error, row.attempts + 1, settings)
