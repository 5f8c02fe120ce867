"""Outlasting a database that is busy or away for a while."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connections, router, transaction

from joinchat_django.models import OutboxMessage

logger = logging.getLogger("joinchat_django.delivery")

Result = TypeVar("Result")

#: How Django says that a database is busy, restarting or gone.
AWAY = (OperationalError, InterfaceError)

#: Seconds for which a change is tried again that lost a deadlock or its connection.
CHANGE_PATIENCE = 5.0

#: Seconds for which one that is to stop tries to write down what it has in hand.
STOP_PATIENCE = 5.0

#: Waits, in seconds, between attempts; the last one again and again.
WAITS = (0.05, 0.2, 0.5, 1.0, 2.0)


def persistently(
    write: Callable[[], Result],
    patience: float,
    *,
    at_least: int = 1,
    troubled: Callable[[], object] = lambda: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Result:
    """Do what writes to the app's tables, again until it succeeds or ``patience`` seconds are over.

    ``write`` is one transaction, or several that may be repeated; ``at_least`` so many attempts
    are made. ``troubled`` is called after each that fails. Once ``stopped`` returns true, only
    ``STOP_PATIENCE`` seconds are left. Raises the last error.
    """
    end = time.monotonic() + patience
    is_stopped = False
    attempt = 0
    while True:
        try:
            return write()
        except AWAY as error:
            troubled()
            wait = WAITS[min(attempt, len(WAITS) - 1)]
            attempt += 1
            if not is_stopped and stopped():
                is_stopped = True
                end = min(end, time.monotonic() + STOP_PATIENCE)
            if attempt >= at_least and time.monotonic() + wait > end:
                raise
            logger.warning("The database cannot be written, next attempt in %s s: %s", wait, error)
            reconnect()
            time.sleep(wait)


def atomically(change: Callable[[], Result], using: str) -> Result:
    """Make a change in a transaction, which is tried again unless it is the caller's.

    Raises the last error after :data:`CHANGE_PATIENCE` seconds.
    """

    def attempt() -> Result:
        with transaction.atomic(using=using):
            return change()

    if connections[using].in_atomic_block:
        return attempt()
    return persistently(attempt, CHANGE_PATIENCE)


def reconnect() -> None:
    """Let go of a connection to the outbox's database that is broken or too old."""
    connection = connections[router.db_for_write(OutboxMessage)]
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
