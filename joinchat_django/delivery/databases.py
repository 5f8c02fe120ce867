"""Outlasting a database that is busy or away for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections, router

from joinchat_django.models import OutboxMessage

logger = logging.getLogger("joinchat_django.delivery")

Result = TypeVar("Result")

#: How Django says that a database is busy, restarting or gone.
AWAY = (OperationalError, InterfaceError)

#: Waits, in seconds, between attempts; the last one again and again.
WAITS = (0.05, 0.2, 0.5, 1.0, 2.0)


def persistently(
    write: Callable[[], Result], patience: float, troubled: Callable[[], object] = lambda: None
) -> Result:
    """Do what writes to the outbox, again until it succeeds or some seconds have passed.

    ``write`` is one transaction, or several that may be repeated. ``troubled`` is called after
    each attempt that fails. Raises the last error.
    """
    end = time.monotonic() + patience
    attempt = 0
    while True:
        try:
            return write()
        except AWAY as error:
            troubled()
            wait = WAITS[min(attempt, len(WAITS) - 1)]
            # A short patience, a request's, still allows for two more attempts.
            if attempt > 1 and time.monotonic() + wait > end:
                raise
            logger.warning("The outbox cannot be written, next attempt in %s s: %s", wait, error)
            reconnect()
            time.sleep(wait)
            attempt += 1


def reconnect() -> None:
    """Let go of a connection to the outbox's database that is broken or too old."""
    connection = connections[router.db_for_write(OutboxMessage)]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
