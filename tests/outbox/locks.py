"""PostgreSQL's locks, for tests in which two wait for each other."""

from __future__ import annotations

from django.db import connection

from tests.waiting import wait_until


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


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
