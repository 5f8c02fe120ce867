"""Forgetting: what was settled long ago goes, what waits stays, in small transactions."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from concurrent import futures
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models.signals import post_delete, pre_delete
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import DeliveryAttempt, OutboxMessage
from joinchat_django.retention import prune
from tests.receiving import receiving
from tests.side_by_side import begin
from tests.waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]
Status = OutboxMessage.Status
DAY = datetime.timedelta(days=1)
SETTLED = (Status.SENT, Status.FAILED, Status.EXPIRED, Status.CANCELLED)


def put(status: str, days: float, *, created: float | None = None, **options: Any) -> int:
    """Put a row into the outbox that was settled, or has waited, for some days."""
    now = timezone.now()
    row = outbox.send(Recipient(uuid="lin"), Text("Hello"), **options)
    is_settled = status not in (Status.QUEUED, Status.SENDING)
    OutboxMessage.objects.filter(pk=row.pk).update(
        status=status,
        send_at=now - DAY * days,
        created_at=now - DAY * (days if created is None else created),
        settled_at=now - DAY * days if is_settled else None,
    )
    return int(row.pk)


def left() -> list[int]:
    return list(OutboxMessage.objects.order_by("pk").values_list("pk", flat=True))


def test_an_empty_outbox_has_nothing_to_forget() -> None:
    assert prune(DAY) == 0


@pytest.mark.parametrize("status", SETTLED)
def test_what_was_settled_long_ago_goes_and_what_was_settled_lately_stays(status: str) -> None:
    put(status, 31)
    lately = put(status, 29, created=300)
    assert prune(30 * DAY) == 1
    assert left() == [lately]


@pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING])
def test_what_still_waits_is_never_deleted(status: str) -> None:
    waiting = put(status, 3000)
    # Not even where a settled row was queued again and kept its date.
    again = put(status, 3000)
    OutboxMessage.objects.filter(pk=again).update(settled_at=timezone.now() - 3000 * DAY)
    assert prune(DAY) == 0
    assert prune(DAY, uncertain=True) == 0
    assert left() == [waiting, again]


def test_what_may_have_been_delivered_waits_for_somebody_to_decide() -> None:
    doubtful, _sent = put(Status.UNCERTAIN, 3000), put(Status.SENT, 3000)
    assert prune(DAY) == 1
    assert left() == [doubtful]
    assert prune(DAY, uncertain=True) == 1


def test_rows_go_chunk_by_chunk_however_they_are_mixed() -> None:
    kept = []
    for number in range(23):
        put(SETTLED[number % 4], 90)
        kept.append(put(Status.QUEUED if number % 3 else Status.SENT, 1, created=90))
    told: list[int] = []
    assert prune(30 * DAY, chunk=5, progress=told.append) == 23
    assert left() == kept
    assert len(told) == 10
    assert told == sorted(told)
    assert told[-1] == 23
    assert prune(30 * DAY, chunk=5) == 0


def test_a_chunk_of_waiting_rows_does_not_end_the_walk() -> None:
    for _ in range(7):
        put(Status.QUEUED, 90)
    put(Status.SENT, 90)
    assert prune(30 * DAY, chunk=3) == 1


def test_a_young_row_among_old_ones_does_not_end_the_walk() -> None:
    put(Status.SENT, 90)
    young = put(Status.SENT, 1)
    put(Status.SENT, 90)
    assert prune(30 * DAY, chunk=2) == 2
    assert left() == [young]


def test_the_walk_ends_where_rows_are_too_young_to_have_been_settled_before() -> None:
    for _ in range(4):
        put(Status.SENT, 90)
    for _ in range(40):
        put(Status.SENT, 1)
    told: list[int] = []
    assert prune(30 * DAY, chunk=2, progress=told.append) == 4
    assert told == [2, 4]


def test_an_end_half_way_loses_nothing() -> None:
    for _ in range(10):
        put(Status.SENT, 90)

    def interrupt(count: int) -> None:
        if count == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prune(DAY, chunk=2, progress=interrupt)
    assert len(left()) == 6
    assert prune(DAY, chunk=2) == 6


def test_a_dry_run_counts_and_deletes_nothing() -> None:
    rows = [put(Status.SENT, 90) for _ in range(5)]
    assert prune(DAY, dry_run=True, chunk=2) == 5
    assert left() == rows


@pytest.mark.django_db(transaction=True)
def test_a_row_is_queued_again_or_deleted_and_never_both() -> None:
    key = put(Status.FAILED, 90)
    begun: list[Future[int]] = []

    def retry() -> int:
        try:
            return outbox.retry(OutboxMessage.objects.filter(pk=key))
        except OperationalError:  # SQLite says so to whoever comes second.
            return 0

    def retry_meanwhile(**_kwargs: Any) -> None:
        begun.append(begin(retry))
        futures.wait(begun, timeout=1)  # A server lets it wait until the row is gone.

    with receiving(pre_delete, retry_meanwhile, sender=OutboxMessage):
        deleted = prune(DAY)
    [queued] = begun
    assert (deleted, queued.result(PATIENCE), left()) in [(1, 0, []), (0, 1, [key])]


@contextmanager
def another(work: Any) -> Iterator[threading.Event]:
    """Somebody who does something in a transaction, and commits when the event is set."""
    done, may_end = threading.Event(), threading.Event()

    def run() -> None:
        with transaction.atomic():
            work()
            done.set()
            assert may_end.wait(PATIENCE)

    begun = begin(run)
    assert done.wait(PATIENCE)
    yield may_end
    may_end.set()
    begun.result(PATIENCE)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_is_changing_holds_nobody_up_and_is_spared() -> None:
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("SQLite locks no rows.")
    key, _other = put(Status.FAILED, 90), put(Status.SENT, 90)
    with another(lambda: outbox.retry(OutboxMessage.objects.filter(pk=key))):
        assert prune(DAY) == 1
    assert left() == [key]
    assert OutboxMessage.objects.get().status == Status.QUEUED


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_busy_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Only SQLite has one writer at a time.")
    put(Status.SENT, 90)
    waiting = threading.Thread(
        target=lambda: (wait_until(lambda: "cannot be written" in caplog.text), may_end.set())
    )
    with another(lambda: OutboxMessage.objects.filter(pk=0).update(attempts=0)) as may_end:
        # Until the row is to be deleted, there is only reading.
        reading = connection.cursor()
        reading.execute("PRAGMA read_uncommitted = 1")
        waiting.start()
        assert prune(DAY) == 1
    waiting.join(PATIENCE)
    reading.execute("PRAGMA read_uncommitted = 0")
    assert left() == []


def test_the_clock_of_the_database_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite runs in this process and has its clock.")
    put(Status.SENT, 5)
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + 300 * DAY)
    assert prune(30 * DAY) == 0


def test_an_idempotency_key_is_forgotten_with_its_row() -> None:
    first = put(Status.SENT, 90, idempotency_key="receipt-17")
    assert put(Status.SENT, 90, idempotency_key="receipt-17") == first
    prune(DAY)
    assert put(Status.SENT, 90, idempotency_key="receipt-17") != first


def test_content_is_not_read_in_order_to_be_deleted() -> None:
    for _ in range(3):
        put(Status.SENT, 90)
    with CaptureQueriesContext(connection) as asked:
        prune(DAY)
    reading = [query["sql"] for query in asked if query["sql"].startswith("SELECT")]
    assert reading
    assert not any("content" in statement for statement in reading)


def test_the_attempts_of_a_message_are_forgotten_with_it() -> None:
    old, young = put(Status.FAILED, 90), put(Status.FAILED, 1)
    for key in (old, young):
        DeliveryAttempt.objects.create(
            message_id=key, number=1, made_at=timezone.now(), outcome=Status.FAILED
        )
    assert prune(30 * DAY) == 1
    assert [attempt.message_id for attempt in DeliveryAttempt.objects.all()] == [young]


def test_on_sqlite_a_transaction_begins_with_its_write_and_so_waits_for_its_turn() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Servers lock rows.")
    put(Status.SENT, 90)
    with CaptureQueriesContext(connection) as asked:
        prune(DAY)
    statements = [query["sql"].split()[0] for query in asked]
    assert statements[statements.index("SAVEPOINT") + 1] == "UPDATE"
    assert "DELETE" in statements


def test_a_site_that_watches_deletions_hears_of_them() -> None:
    heard: list[Any] = []

    def watch(instance: OutboxMessage, **_kwargs: Any) -> None:
        heard.append(instance)

    put(Status.SENT, 90)
    with receiving(post_delete, watch, sender=OutboxMessage):
        assert prune(DAY) == 1
    [row] = heard
    assert row.message == Text("Hello")
