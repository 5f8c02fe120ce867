"""PostgreSQL's locks, for tests in which two wait for each other."""

from __future__ import annotations

import time

from django.db import connection


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def wait_until_somebody_waits() -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    end = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.01)
    raise AssertionError("Nobody waits for the row.")
