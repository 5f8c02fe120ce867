"""The outbox of a test: what was queued, delivered or not."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import TestCase, TransactionTestCase

from joinchat_django import outbox as door
from joinchat_django.api import Recipient, Text
from joinchat_django.models import MessageTemplate
from joinchat_django.test import JoinChatOutbox, outbox

from .shop import linked_customer, ship


class PlainTests(TestCase):
    """A plain TestCase, in which no on-commit callback runs."""

    def test_it_holds_what_was_queued(self) -> None:
        with outbox() as messages:
            assert messages == []
            assert not messages
            ship(linked_customer())
        assert [one.message for one in messages] == [Text("Order A-17 has left us.")]
        assert messages[0].status == "queued"

    def test_it_shows_what_was_delivered_as_well(self) -> None:
        with outbox() as messages, self.captureOnCommitCallbacks(execute=True):
            ship(linked_customer())
        assert [one.status for one in messages] == ["sent"]

    def test_a_message_has_all_that_it_was_sent_with(self) -> None:
        user = linked_customer()
        MessageTemplate.objects.create(
            slug="greeting", name="Greeting", body={"template_type": "text", "text": "Hi"}, delay=2
        )
        with outbox() as messages:
            row = ship(user)
            door.send(Recipient(email="lin@example.com"), "greeting")
        shipped, greeting = messages
        assert (shipped.user, shipped.recipient) == (user, Recipient(uuid="uuid-of-lin"))
        assert (shipped.tag, shipped.delay) == ("SHIPPING_UPDATE", None)
        assert (shipped.bot, shipped.idempotency_key) == ("default", "shipped-A-17")
        assert (shipped.template, shipped.row) == (None, row)
        assert (greeting.user, greeting.recipient) == (None, Recipient(email="lin@example.com"))
        assert (greeting.tag, greeting.delay) == (None, 2)
        assert (greeting.template, greeting.idempotency_key) == ("greeting", None)

    def test_it_is_a_sequence_in_the_order_of_queueing(self) -> None:
        user = linked_customer()
        door.send(user, Text("before"))
        with outbox() as messages:
            for number in "123":
                door.send(user, Text(number))
        assert [str(one.message.to_dict()["text"]) for one in messages] == ["1", "2", "3"]
        assert [one.message for one in messages[1:]] == [Text("2"), Text("3")]
        assert messages[-1].message == Text("3")
        assert len(messages) == 3
        assert messages[0] in messages
        assert messages == list(messages)
        assert messages != messages[1:]

    def test_it_can_be_cleared(self) -> None:
        messages = JoinChatOutbox()
        row = ship(linked_customer())
        messages.clear()
        assert messages == []
        row.refresh_from_db()
        ship(row.user, "B-1")
        assert [one.idempotency_key for one in messages] == ["shipped-B-1"]

    def test_a_message_that_is_not_there_is_told_from_those_that_are(self) -> None:
        with outbox() as messages:
            ship(linked_customer())
        with pytest.raises(IndexError, match=r"(?s)no message 1 in .*Order A-17 has left us"):
            messages[1]

    def test_its_repr_is_what_a_failing_test_needs(self) -> None:
        user = linked_customer()
        with outbox() as messages:
            assert repr(messages) == "<JoinChatOutbox: 0 messages queued>"
            ship(user)
            door.send(Recipient(phone="+4912345"), Text("x" * 300), delay=1)
        first, second = messages
        assert repr(first) == (
            "<Text(text='Order A-17 has left us.') to uuid='uuid-of-lin' (lin) "
            "tag='SHIPPING_UPDATE' idempotency_key='shipped-A-17' queued>"
        )
        assert repr(second).endswith("xxx… to phone='+4912345' delay=1 queued>")
        assert repr(messages) == f"<JoinChatOutbox: 2 messages queued\n  {first!r}\n  {second!r}>"

    def test_its_repr_names_twenty_and_counts_the_rest(self) -> None:
        with outbox() as messages:
            door.send_bulk([linked_customer(str(number)) for number in range(21)], Text("Hi"))
        assert repr(messages).count("Text(text='Hi')") == 20
        assert repr(messages).endswith("\n  and 1 more>")

    def test_a_message_that_forgot_its_content_says_how_to_keep_it(self) -> None:
        with (
            self.settings(JOINCHAT_DELIVERY={"KEEP_CONTENT": False}),
            outbox() as messages,
            self.captureOnCommitCallbacks(execute=True),
        ):
            ship(linked_customer())
        assert "a text whose content is forgotten to uuid='uuid-of-lin'" in repr(messages)
        with pytest.raises(ValueError, match="KEEP_CONTENT"):
            messages[0].message  # noqa: B018


class AsynchronousTests(TestCase):
    """Asynchronous tests, in which the database is not to be waited for."""

    async def test_they_look_at_it_as_well(self) -> None:
        user = await sync_to_async(linked_customer)()
        async with outbox() as messages:
            await sync_to_async(ship)(user)
        [one] = await messages.alist()
        assert (one.message, one.user) == (Text("Order A-17 has left us."), user)
        assert [one async for one in messages] == await messages.alist()
        await messages.aclear()
        assert await messages.alist() == []

    @outbox(kwarg_name="messages")
    async def test_they_can_be_decorated(self, messages: Any) -> None:
        await sync_to_async(linked_customer)()
        assert await messages.alist() == []


@outbox(attr_name="messages")
class DecoratedTests(TestCase):
    """A decorated class: each test begins with nothing queued."""

    messages: JoinChatOutbox

    def setUp(self) -> None:
        ship(linked_customer())

    def test_it_holds_what_set_up_queued(self) -> None:
        assert len(self.messages) == 1

    def test_and_nothing_of_the_test_before(self) -> None:
        ship(linked_customer("tom"), "B-1")
        assert [one.user.username for one in self.messages] == ["lin", "tom"]

    @outbox(kwarg_name="more")
    def test_a_function_can_be_decorated_too(self, more: Any) -> None:
        assert len(self.messages) == 1
        assert more == []


class CommittingTests(TransactionTestCase):
    """What is delivered for real is in it as well."""

    def test_what_is_rolled_back_is_not_in_it(self) -> None:
        user = linked_customer()
        with outbox() as messages:
            ship(user)
            with transaction.atomic():
                ship(user, "B-1")
                transaction.set_rollback(True)
        assert [(one.idempotency_key, one.status) for one in messages] == [("shipped-A-17", "sent")]
