"""Second thoughts while delivery and others are at work on the same rows."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from tests.delivery.rows import queue
from tests.outbox.locks import deadlock_to_lose
from tests.servers import LoopbackServer, replying

Status = OutboxMessage.Status


@pytest.fixture
def away(settings: Any) -> Iterator[LoopbackServer]:
    """A server that is out of order, for a site whose messages a worker delivers."""
    with LoopbackServer(replying("", "500 Internal Server Error")) as server:
        settings.JOINCHAT = {"default": server.bot}
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
        yield server


def received(server: LoopbackServer) -> list[str]:
    return [json.loads(request.body)["message"]["text"] for request in server.requests]


@pytest.mark.django_db(transaction=True)
class TestBehindAMessageThatFails:
    def test_the_next_ones_go_when_it_is_cancelled(
        self, away: LoopbackServer, settings: Any
    ) -> None:
        first, _second = queue("a"), queue("b")
        tomorrow = (timezone.now() + datetime.timedelta(days=1)).replace(microsecond=0)
        scheduled = queue("c", send_at=tomorrow)
        deliver_due()
        assert received(away) == ["a"]
        away.answer = replying('{"success": true}')
        assert deliver_due() == {}
        settings.JOINCHAT_DELIVERY = {}
        assert outbox.cancel(first) == 1  # and delivery is woken
        assert received(away) == ["a", "b"]
        scheduled.refresh_from_db()
        assert scheduled.send_at == tomorrow

    def test_those_cancelled_with_it_go_when_all_are_tried_again(
        self, away: LoopbackServer
    ) -> None:
        queue("a", group="spring")
        queue("b", group="spring")
        deliver_due()
        assert outbox.cancel(group="spring") == 2
        assert outbox.retry(group="spring") == 2
        away.answer = replying('{"success": true}')
        assert deliver_due() == {Status.SENT: 2}
        assert received(away) == ["a", "a", "b"]


@pytest.mark.django_db
@pytest.mark.usefixtures("left_to_a_worker")
def test_rows_are_locked_in_the_order_of_their_keys() -> None:
    if not connection.features.has_select_for_update:
        pytest.skip("This database locks all rows or none.")
    queue("a", group="spring")
    for change in (outbox.cancel, outbox.retry):
        with CaptureQueriesContext(connection) as captured:
            assert change(group="spring") == 1
        statements = [query["sql"] for query in captured.captured_queries]
        writes = [sql.startswith("UPDATE") for sql in statements]
        before = statements[: writes.index(True)]
        [lock] = [sql for sql in before if sql.endswith("FOR UPDATE")]
        assert "ORDER BY" in lock


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("left_to_a_worker")
def test_a_deadlock_that_is_lost_is_no_reason_to_give_up() -> None:
    first, last = queue("a", group="spring"), queue("b", group="spring")

    def change(row: OutboxMessage) -> None:
        OutboxMessage.objects.filter(pk=row.pk).update(tag="")

    with deadlock_to_lose(lambda: change(last), lambda: change(first)):
        assert outbox.cancel(group="spring") == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("left_to_a_worker")
def test_the_log_counts_and_tells_neither_content_nor_recipient(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO", "joinchat_django.outbox")
    outbox.send_bulk([Recipient(uuid="lin"), Recipient(uuid="mei")], Text("Hello"), group="spring")
    outbox.cancel(group="spring")
    outbox.cancel(group="spring")
    outbox.retry(OutboxMessage.objects.all())
    lines = [r.getMessage() for r in caplog.records if r.name == "joinchat_django.outbox"]
    counts = "queued=2 not_linked=0 failed=0 repeated=0 already_queued=0"
    assert lines == [
        f"outbox bot=default outcome=bulk group='spring' {counts}",
        "outbox outcome=cancelled rows=2 group='spring'",
        "outbox outcome=retried rows=2 group=''",
    ]
