"""A worker's life: sweep, rest while nothing is due, outlast the database's restarts."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable

from django.core.exceptions import ImproperlyConfigured
from django.db import Error as DatabaseError

from .databases import reconnect
from .sweep import deliver_due

logger = logging.getLogger("joinchat_django.delivery")

#: Seconds between two looks at an idle outbox: the first, and the longest.
FIRST_REST = 0.1
LONGEST_REST = 2.0


def work(
    stop: threading.Event,
    *,
    bots: Iterable[str] | None = None,
    concurrency: int | None = None,
    progress: Callable[[Counter[str]], object] | None = None,
    rested: Callable[[], object] | None = None,
) -> None:
    """Deliver what is due until ``stop`` is set; then finish the calls in hand and return.

    The outbox is looked at every 0.1 seconds at first, and less and less often while nothing is
    due, every 2 seconds at the least. While the database is away, it is tried again in the same
    way. The other arguments are those of :func:`~joinchat_django.delivery.sweep.deliver_due`;
    ``rested`` is called when there is nothing left to do. Raises ``ImproperlyConfigured`` at the
    beginning; settings that go wrong later are logged.
    """
    rest = FIRST_REST
    has_begun = False
    while not stop.is_set():
        try:
            done = deliver_due(
                bots=bots, concurrency=concurrency, stopped=stop.is_set, progress=progress
            )
        except DatabaseError as error:
            logger.warning("The outbox cannot be reached, next attempt in %s s: %s", rest, error)
            done = Counter()
        except ImproperlyConfigured as error:
            if not has_begun:
                raise
            logger.error("Next attempt in %s s: %s", rest, error)
            done = Counter()
        has_begun = True
        reconnect()
        if done:
            rest = FIRST_REST
            continue
        if rested:
            rested()
        stop.wait(rest)
        rest = min(2 * rest, LONGEST_REST)
