"""PostgreSQL's locks, for tests in which two wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from tests.side_by_side import begin
from tests.waiting import PATIENCE, wait_until


def wait_until_somebody_waits() -> None:
    """Wait until another session waits for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    def somebody_waits() -> bool:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(waiting)
        return bool(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        wait_until(somebody_waits)


@contextmanager
def deadlock_to_lose(
    take_the_last: Callable[[], object], want_the_first: Callable[[], object]
) -> Iterator[None]:
    """Somebody has the last row, and wants the first once the block waits for the last one.

    It is the block's statement that the database ends. Skips where that cannot be arranged.
    """
    if connection.vendor != "postgresql":
        pytest.skip("Only PostgreSQL can be told which of two is to lose.")
    has_the_last = threading.Event()

    def other() -> None:
        with transaction.atomic():
            _execute("SET LOCAL deadlock_timeout = '1min'")
            take_the_last()
            has_the_last.set()
            wait_until_somebody_waits()
            want_the_first()

    begun = begin(other)
    assert has_the_last.wait(PATIENCE)
    _execute("SET deadlock_timeout = '50ms'")
    try:
        yield
    finally:
        begun.result(PATIENCE)
        _execute("RESET deadlock_timeout")


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
