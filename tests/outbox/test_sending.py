"""A message is queued in the caller's transaction, checked before that, and delivered after it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction

from joinchat_django import outbox
from joinchat_django.api import InvalidMessage, MessageTag, Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import OutboxMessage


@contextlib.contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction, or a savepoint of the one around it, that does not last."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.mark.django_db(transaction=True)
def test_a_message_to_a_linked_user_is_delivered_after_the_commit(
    linked_user: Any, delivered: list[Delivered]
) -> None:
    with transaction.atomic():
        row = outbox.send(linked_user, Text("Hello"), tag=MessageTag.ACCOUNT_UPDATE)
        assert row.status == OutboxMessage.Status.QUEUED
        assert not delivered
    row.refresh_from_db()
    assert row.status == OutboxMessage.Status.SENT
    [one] = delivered
    assert one.envelope.recipient == Recipient(uuid="uuid-of-tom")
    assert one.envelope.message == Text("Hello")
    assert one.envelope.tag == "ACCOUNT_UPDATE"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_row_that_comes_back_says_what_became_of_it(
    linked_user: Any,
) -> None:
    assert outbox.send(linked_user, Text("Hello")).status == OutboxMessage.Status.SENT


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_sends_nothing(
    linked_user: Any, delivered: list[Delivered]
) -> None:
    with rolled_back():
        outbox.send(linked_user, Text("Hello"))
    assert not delivered
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_a_transaction_wakes_delivery_once(
    linked_user: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        with transaction.atomic():
            outbox.send(linked_user, Text("one"))
        outbox.send(linked_user, Text("two"))
    assert len(callbacks) == 1


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_rolled_back_takes_no_other_wake_up_with_it(
    linked_user: Any, delivered: list[Delivered]
) -> None:
    with transaction.atomic():
        with rolled_back():
            outbox.send(linked_user, Text("gone"))
        outbox.send(linked_user, Text("kept"))
    assert [one.envelope.message for one in delivered] == [Text("kept")]


@pytest.mark.django_db
class TestLists:
    def test_a_list_keeps_its_order_by_growing_delays(self, linked_user: Any) -> None:
        rows = outbox.send(linked_user, [Text(str(n)) for n in range(13)])
        assert [row.delay for row in rows] == [*range(11), 10, 10]

    def test_a_given_delay_stays(self, linked_user: Any) -> None:
        rows = outbox.send(linked_user, [Text("a"), Text("b")], delay=4)
        assert [row.delay for row in rows] == [4, 4]

    def test_one_bad_message_queues_none(self, linked_user: Any) -> None:
        with pytest.raises(InvalidMessage):
            outbox.send(linked_user, [Text("a"), {"template_type": "text"}])
        assert not OutboxMessage.objects.exists()

    def test_a_list_with_a_key_is_sent_once(self, linked_user: Any) -> None:
        first = outbox.send(linked_user, [Text("a"), Text("b")], idempotency_key="k")
        again = outbox.send(linked_user, [Text("a"), Text("b")], idempotency_key="k")
        assert [row.pk for row in first] == [row.pk for row in again]
        assert OutboxMessage.objects.count() == 2

    def test_the_key_of_a_list_leaves_room_for_the_numbers(self, linked_user: Any) -> None:
        texts = [Text(str(n)) for n in range(11)]
        limit = "idempotency_key: must be at most 252 characters, so that '#10' can .* found 253"
        with pytest.raises(InvalidMessage, match=limit):
            outbox.send(linked_user, texts, idempotency_key="k" * 253)
        assert not OutboxMessage.objects.exists()
        assert len(outbox.send(linked_user, texts, idempotency_key="k" * 252)) == 11


@pytest.mark.django_db
def test_tag_delay_and_recipient_are_checked_before_anything_is_queued(linked_user: Any) -> None:
    with pytest.raises(InvalidMessage) as caught:
        outbox.send(linked_user, Text("a"), tag="NO_SUCH_TAG", delay=11)
    assert {problem.path for problem in caught.value.problems} == {"tag", "delay"}
    with pytest.raises(InvalidMessage, match=r"recipient\.phone: must be at most 255"):
        outbox.send(Recipient(phone="1" * 256), Text("a"))
    with pytest.raises(InvalidMessage, match="group: must be at most 100"):
        outbox.send(linked_user, Text("a"), group="g" * 101)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_further_tags_are_allowed_by_the_settings(linked_user: Any, settings: Any) -> None:
    bot = {**settings.JOINCHAT["default"], "OPTIONS": {"extra_tags": ["HUMAN_AGENT"]}}
    settings.JOINCHAT = {"default": bot}
    assert outbox.send(linked_user, Text("a"), tag="HUMAN_AGENT").tag == "HUMAN_AGENT"


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_has_its_own_send(linked_user: Any) -> None:
    async def view() -> OutboxMessage:
        row = await outbox.asend(linked_user, Text("Hello"))
        await sync_to_async(connections.close_all)()  # that thread's own
        return row

    row = asyncio.run(view())
    assert row.status == OutboxMessage.Status.SENT


@pytest.mark.django_db
def test_a_send_costs_two_queries_in_a_transaction(
    linked_user: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):  # the link, the row
        outbox.send(linked_user, Text("Hello"))


@pytest.mark.django_db(transaction=True)
def test_a_dispatcher_that_cannot_be_had_loses_no_message(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "no.such.Dispatcher"}
    row = outbox.send(Recipient(uuid="lin"), Text("Hello"))
    assert row.status == OutboxMessage.Status.QUEUED
    assert "no.such.Dispatcher" in caplog.text
