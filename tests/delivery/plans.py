"""The ways that SQLite goes, without the statistics that it has only where somebody ran ANALYZE."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

#: Marks tests that look at plans.
plans_are_told = pytest.mark.skipif(
    connection.vendor != "sqlite",
    reason="Planners that look at statistics read a small table as a whole.",
)


def plans_of(run: Callable[[], object]) -> list[list[str]]:
    """How each statement that a function executes finds the outbox's rows, a line a step."""
    with CaptureQueriesContext(connection) as captured:
        run()
    plans = []
    for query in captured.captured_queries:
        if query["sql"].startswith(("SELECT", "UPDATE")) and "outboxmessage" in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql'].replace('%', '%%')}")
                plans.append([str(row[-1]) for row in cursor.fetchall()])
    return plans
