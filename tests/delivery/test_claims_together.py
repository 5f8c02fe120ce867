"""Workers that claim at the same moment, on databases that have sessions."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection, transaction

from joinchat_django.delivery import claims, due
from joinchat_django.models import OutboxMessage
from tests.side_by_side import begin
from tests.waiting import PATIENCE, wait_until

from .rows import queue

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("left_to_a_worker"),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time."),
]

SLEEP = {"mysql": "SLEEP(1)", "postgresql": "(SELECT 0 FROM pg_sleep(1))"}

#: How many sessions are in such a sleep.
SLEEPERS = {
    "mysql": (
        "SELECT count(*) FROM information_schema.processlist"
        " WHERE db = database() AND state = 'User sleep'"
    ),
    "postgresql": (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event = 'PgSleep'"
    ),
}


def somebody_sleeps() -> bool:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(SLEEPERS[connection.vendor])
        return bool(cursor.fetchone()[0])


def texts_of(rows: list[OutboxMessage]) -> list[str]:
    return [row.message.to_dict()["text"] for row in rows]


def test_rows_that_are_committed_during_a_claim_are_not_taken_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One worker's claim takes its time, and two rows to one person come meanwhile."""
    first = queue("earlier", uuid="somebody")
    as_sql = due.NothingEarlier.as_sql
    this_thread = threading.local()

    def slowly(self: Any, compiler: Any, connection: Any, **context: Any) -> Any:
        sql, params = as_sql(self, compiler, connection, **context)
        if getattr(this_thread, "is_slow", False):
            key = connection.ops.quote_name(compiler.query.get_initial_alias()) + ".id"
            sql = f"({sql} AND ({key} <> {first.pk} OR {SLEEP[connection.vendor]} = 0))"
        return sql, params

    monkeypatch.setattr(due.NothingEarlier, "as_sql", slowly)

    def claim_slowly() -> list[OutboxMessage]:
        this_thread.is_slow = True
        return claims.claim("default", limit=10, lease=60)

    with transaction.atomic():
        queue("1", uuid="lin")
        queue("2", uuid="lin")
        slow = begin(claim_slowly)
        wait_until(somebody_sleeps)  # It is looking at the first row.
    quick = claims.claim("default", limit=1, lease=60)
    held = [texts_of(quick), texts_of(slow.result(PATIENCE))]
    assert not ("1" in held[0] and "2" in held[1]), held
    assert not ("1" in held[1] and "2" in held[0]), held
