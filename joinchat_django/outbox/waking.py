"""Waking delivery up for what has been queued."""

from __future__ import annotations

import time

from django.core.exceptions import ImproperlyConfigured
from django.db import router

from joinchat_django.delivery.dispatchers import get_dispatcher, wake_on_commit
from joinchat_django.models import OutboxMessage

#: Seconds that a bulk lets pass between two wake-ups.
WAKE_INTERVAL = 3.0


def wake() -> None:
    """Wake delivery up after the commit, at once if no transaction is open."""
    wake_on_commit(router.db_for_write(OutboxMessage))


def delivers_in_line() -> bool:
    """Tell whether what was queued has been tried when a wake-up returns."""
    try:
        return get_dispatcher().delivers_in_line
    except ImproperlyConfigured:
        return False  # The wake-up logs it, and the rows wait for one that succeeds.


class BulkWaker:
    """Wakes delivery up while a bulk runs: after its first page, now and then, and at its end.

    Not after each page: a wake-up that fails, at a broker that is away, takes its time as well. The
    in-line dispatcher is woken at the end alone, for it delivers for seconds whenever it is.
    """

    def __init__(self) -> None:
        self._next = float("inf") if delivers_in_line() else time.monotonic()
        self._is_owed = False

    def queued(self) -> None:
        """Note that there are new rows, and wake delivery up if it is time to."""
        self._is_owed = True
        if time.monotonic() >= self._next:
            self._wake()

    def end(self) -> None:
        """Wake delivery up if rows came since it last was."""
        if self._is_owed:
            self._wake()

    def _wake(self) -> None:
        self._is_owed = False
        wake()
        self._next = time.monotonic() + WAKE_INTERVAL
