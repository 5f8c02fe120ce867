"""A bulk that is copied goes page by page, and falls back on making rows where it has to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.outbox import BulkResult, bulk_pages, copying
from joinchat_django.outbox.audiences import key_pages
from joinchat_django.outbox.rows import Body
from tests.outbox.people import linked_people, people, reached, users, uuids

from .copies import HELLO, copies

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("left_to_a_worker", "small_pages"),
]


def test_what_was_copied_is_counted_and_woken_for_though_the_next_query_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    linked_people(1)
    people(1, name="lonely")
    woken: list[bool] = []
    monkeypatch.setattr("joinchat_django.outbox.waking.wake", lambda: woken.append(True))

    def fail(bot: str, keys: list[Any]) -> list[Any]:
        raise OperationalError("gone")

    monkeypatch.setattr(bulk_pages, "doubtful", fail)
    monkeypatch.setattr(copying, "COPIED_AT_ONCE", 100)
    with caplog.at_level("INFO"), pytest.raises(OperationalError, match="gone"):
        outbox.send_bulk(users().all(), HELLO)
    assert OutboxMessage.objects.count() == 1
    assert "queued=1 " in caplog.text
    assert woken == [True]


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_undone_is_written_row_by_row() -> None:
    crowd = linked_people(7)
    key = users().order_by("pk")[2].pk
    asked: list[bool] = []

    def quicker(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "idempotency_digest" in sql and len(asked) < 2:
            asked.append(True)
            if len(asked) == 2:  # The second page's known keys are read.
                outbox.send(users().get(pk=key), Text("quicker"), idempotency_key=f"k:{key}")
        return result

    seen: list[BulkResult] = []
    with connection.execute_wrapper(quicker):
        result = outbox.send_bulk(users().all(), HELLO, idempotency_key="k", progress=seen.append)
    assert result == BulkResult(queued=6, already_queued=1)
    assert [one.total for one in seen] == [2, 4, 6, 7]
    assert reached() == uuids(crowd)


def test_a_bulk_that_is_run_again_copies_what_is_missing() -> None:
    crowd = linked_people(8)
    lonely = people(1, name="lonely")[0]
    some = [crowd[0], crowd[5]]
    outbox.send_bulk(some, HELLO, idempotency_key="k")
    MessengerLink.objects.filter(user=crowd[5]).delete()
    with copies() as copied:
        result = outbox.send_bulk(users().all(), HELLO, idempotency_key="k")
    assert copied
    assert result == BulkResult(queued=6, already_queued=2, not_linked=1)
    again = outbox.send_bulk(users().all(), HELLO, idempotency_key="k")
    assert again == BulkResult(already_queued=8, not_linked=1)
    assert lonely.messenger_links.count() == 0


def test_rows_that_a_join_and_a_column_tell_apart_are_counted_as_they_are() -> None:
    crowd = linked_people(4)
    MessengerLink.objects.bulk_create(
        MessengerLink(user=one, uuid=f"b-{one.pk}", is_active=False) for one in crowd
    )
    joined = users().annotate(of=F("messenger_links__uuid"))
    for audience in (joined, joined.distinct()):
        assert outbox.send_bulk(audience, HELLO) == BulkResult(queued=4, repeated=4)
    plain = users().filter(messenger_links__bot="default").distinct()
    assert outbox.send_bulk(plain, HELLO) == BulkResult(queued=4)


@pytest.mark.parametrize(
    ("narrowed", "is_copied"),
    [
        (lambda all_: all_, True),
        (lambda all_: all_.order_by("-username").reverse(), True),
        (lambda all_: all_.only("pk").prefetch_related("messenger_links"), True),
        (lambda all_: all_.extra(select={"one": "1"}), True),
        (lambda all_: all_.order_by("username")[:3], False),
        (list, False),
        (lambda all_: MessengerLink.objects.all(), False),
    ],
    ids=["all", "reversed", "deferred", "extra", "slice", "list", "links"],
)
def test_only_what_is_read_by_key_is_copied(
    narrowed: Callable[[Any], Any], is_copied: bool
) -> None:
    linked_people(3)
    with copies() as copied:
        assert outbox.send_bulk(narrowed(users().all()), HELLO) == BulkResult(queued=3)
    assert bool(copied) is is_copied


def test_keys_that_are_not_what_their_field_says_are_not_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd = linked_people(5)

    def texts(*args: Any) -> Iterator[list[Any]]:
        for page in key_pages(*args):
            yield [str(key) for key in page]

    monkeypatch.setattr("joinchat_django.outbox.bulk_pages.key_pages", texts)
    with copies() as copied:
        assert outbox.send_bulk(users().all(), HELLO) == BulkResult(queued=5)
    assert not copied
    assert reached() == uuids(crowd)


def test_a_long_message_makes_small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "COPIED_AT_ONCE", 100)
    linked_people(7)
    with copies() as copied:
        monkeypatch.setattr(copying, "BATCH_BYTES", 3 * len(Body.of(HELLO).content.encode()))
        outbox.send_bulk(users().all(), HELLO)
    assert len(copied) == 4


def test_a_page_costs_a_query_for_keys_and_a_statement_for_rows() -> None:
    linked_people(7)
    with CaptureQueriesContext(connection) as captured:
        outbox.send_bulk(users().all(), HELLO)
    # The first user, to see what they are; for each page its keys and a savepoint.
    assert len(captured) == 1 + 4 * (1 + 1 + 2)


@pytest.mark.django_db(transaction=True)
def test_in_the_callers_transaction_a_copy_is_a_part_of_it() -> None:
    linked_people(4)
    with transaction.atomic():
        assert outbox.send_bulk(users().all(), HELLO).queued == 4
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
