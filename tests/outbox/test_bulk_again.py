"""A bulk with an idempotency key can be run again, whatever stopped it."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.outbox import BulkResult
from tests.outbox.locks import deadlock_to_lose
from tests.outbox.people import linked_people, reached, users, uuids
from tests.side_by_side import together

pytestmark = pytest.mark.usefixtures("left_to_a_worker", "small_pages")

HELLO = Text("Hello")


@pytest.mark.django_db(transaction=True)
def test_a_bulk_that_was_killed_half_way_sends_to_nobody_twice(greeting: MessageTemplate) -> None:
    crowd = linked_people(10)
    asked = []

    def points(user: Any) -> dict[str, Any]:
        asked.append(user)
        if len(asked) == 6:
            raise KeyboardInterrupt
        return {"points": 5}

    with pytest.raises(KeyboardInterrupt):
        outbox.send_bulk(users().all(), greeting, context=points, idempotency_key="spring")
    done = OutboxMessage.objects.count()
    assert 0 < done < 6
    again = outbox.send_bulk(users().all(), greeting, context=points, idempotency_key="spring")
    assert again == BulkResult(queued=10 - done, already_queued=done)
    assert reached() == uuids(crowd)
    # Nobody's message is made twice for nothing.
    assert len(asked) == 6 + 10 - done


@pytest.mark.django_db
def test_a_users_key_is_the_bulks_key_and_their_own() -> None:
    [user] = linked_people(1)
    outbox.send_bulk([user], HELLO, idempotency_key="spring")
    row = OutboxMessage.objects.get()
    assert row.idempotency_key == f"spring:{user.pk}"
    assert outbox.send(user, HELLO, idempotency_key=f"spring:{user.pk}") == row


@pytest.mark.django_db
def test_a_key_stays_used_after_a_cancellation() -> None:
    [user] = linked_people(1)
    outbox.send_bulk([user], Text("typo"), idempotency_key="spring", group="spring")
    outbox.cancel(group="spring")
    again = outbox.send_bulk([user], Text("right"), idempotency_key="spring")
    assert again == BulkResult(already_queued=1)
    row = outbox.send(user, Text("right"), idempotency_key=f"spring:{user.pk}")
    assert row.status == OutboxMessage.Status.CANCELLED


@pytest.mark.django_db
def test_keys_that_differ_only_in_case_stay_apart() -> None:
    linked_people(4)
    assert outbox.send_bulk(users().all(), HELLO, idempotency_key="spring").queued == 4
    assert outbox.send_bulk(users().all(), HELLO, idempotency_key="Spring").queued == 4
    again = outbox.send_bulk(users().all(), HELLO, idempotency_key="Spring")
    assert again == BulkResult(already_queued=4)


@pytest.mark.django_db
def test_each_bot_has_its_own_keys(second_bot: None) -> None:
    to = [Recipient(id="1")]
    assert outbox.send_bulk(to, HELLO, idempotency_key="k").queued == 1
    assert outbox.send_bulk(to, HELLO, idempotency_key="k", bot="second").queued == 1


@pytest.mark.django_db
def test_the_longest_key_has_room_for_any_recipient() -> None:
    given = [Recipient(email=f"{n}@{'x' * 200}.example") for n in range(4)]
    key = "k" * 190
    assert outbox.send_bulk(given, HELLO, idempotency_key=key) == BulkResult(queued=4)
    again = outbox.send_bulk(given, HELLO, idempotency_key=key)
    assert again == BulkResult(already_queued=4)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_inside", [False, True], ids=["alone", "in a transaction"])
def test_a_key_that_somebody_uses_meanwhile_is_found_out_row_by_row(
    is_inside: bool, greeting: MessageTemplate
) -> None:
    crowd = linked_people(5)

    def points(user: Any) -> dict[str, Any]:
        if user == crowd[1]:  # after the known keys were read, before the page is written
            outbox.send(user, Text("quicker"), idempotency_key=f"k:{user.pk}")
        return {"points": 5}

    with transaction.atomic() if is_inside else contextlib.nullcontext():
        result = outbox.send_bulk(crowd, greeting, context=points, idempotency_key="k")
    assert result == BulkResult(queued=4, already_queued=1)
    assert reached() == uuids(crowd)


@pytest.mark.django_db(transaction=True)
def test_bulks_side_by_side_with_one_key_send_to_each_once() -> None:
    if connection.vendor == "sqlite":
        pytest.skip("A database in memory has one connection.")
    crowd = linked_people(60)
    backwards = crowd[::-1]
    # In orders of their own, so that they wait for each other's rows.
    orders = [crowd, backwards[-1:] + backwards[:-1], backwards[-2:] + backwards[:-2]]
    results = together(
        *[partial(outbox.send_bulk, order, HELLO, idempotency_key="k") for order in orders]
    )
    assert [result.total for result in results] == [60, 60, 60]
    assert sum(result.queued for result in results) == 60
    assert reached() == uuids(crowd)


@pytest.mark.django_db(transaction=True)
def test_a_bulk_that_loses_a_deadlock_goes_on_row_by_row() -> None:
    first, _second, last = crowd = linked_people(3)

    def send(user: Any) -> None:
        outbox.send(user, HELLO, idempotency_key=f"k:{user.pk}")

    with deadlock_to_lose(lambda: send(last), lambda: send(first)):
        result = outbox.send_bulk(crowd, HELLO, idempotency_key="k")
    assert result == BulkResult(queued=1, already_queued=2)
    assert reached() == uuids(crowd)
