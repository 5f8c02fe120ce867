"""The ways that SQLite goes without statistics, which it has only where somebody ran ANALYZE."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import conf, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery import claims, settling
from joinchat_django.delivery.outcomes import Outcome, Settlement
from joinchat_django.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def queued(left_to_a_worker: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Planners that look at statistics read a small table as a whole.")
    for number in range(3):
        outbox.send(Recipient(uuid=f"u{number % 2}"), Text("Hello"))


def plans_of(run: Callable[[], Any]) -> list[str]:
    """How the statements that a function executes find the outbox's rows, a line each."""
    with CaptureQueriesContext(connection) as captured:
        run()
    found = []
    for query in captured.captured_queries:
        if query["sql"].startswith(("SELECT", "UPDATE")) and "outboxmessage" in query["sql"]:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql'].replace('%', '%%')}")
                found += [str(row[-1]) for row in cursor.fetchall()]
    return [line for line in found if line.startswith(("SEARCH", "SCAN"))]


def test_a_claim_walks_what_is_due_and_looks_back_along_each_recipients_queue() -> None:
    update, due, earlier, *_rest = plans_of(lambda: claims.claim("default", limit=2, lease=60))
    assert "USING INTEGER PRIMARY KEY" in update
    assert "joinchat_outbox_due (bot=? AND status=? AND send_at<?)" in due
    lane = "joinchat_outbox_lane (bot=? AND recipient_digest=? AND settled_at=? AND id<?)"
    assert lane in earlier


def test_nothing_reads_the_whole_outbox() -> None:
    def deliver() -> None:
        claimed = claims.claim("default", limit=3, lease=60)
        later = Outcome("queued", wait=60, error="Try again.")
        settling.settle([Settlement(row, later) for row in claimed[:1]])
        claims.give_back(claimed[1:])

    def recover() -> None:
        claims.claim("default", limit=3, lease=60)
        ended = timezone.now() - timedelta(minutes=1)
        OutboxMessage.objects.filter(status="sending").update(lease_until=ended)
        assert claims.recover("default", conf.delivery()) == 1

    lines = plans_of(deliver) + plans_of(recover)
    assert len(lines) > 8
    results = ("SCAN (subquery", "SCAN qualify")  # of another query
    assert not [one for one in lines if one.startswith("SCAN") and not one.startswith(results)]
