"""What the pytest plug-in's fixtures are."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from typing_extensions import assert_type

from joinchat_django import triggers
from joinchat_django.api import Message, Recipient, Text
from joinchat_django.backends import locmem
from joinchat_django.models import OutboxMessage
from joinchat_django.test import JoinChatOutbox, QueuedMessage, Sandbox
from shop.models import Order
from shop.orders import ship, thank


def test_the_customer_hears_of_the_parcel(joinchat_outbox: JoinChatOutbox, order: Order) -> None:
    with triggers.raise_errors():
        ship(order)
    [message] = joinchat_outbox
    assert_type(message, QueuedMessage)
    assert_type(message.message, Message)
    assert_type(message.recipient, Recipient)
    assert_type(message.row, OutboxMessage)
    assert message.user == order.customer
    assert message.message == Text("Your parcel has left us.")
    assert (message.tag or "").startswith("SHIPPING")
    assert joinchat_outbox[:1] == [message]
    assert [one.envelope.message for one in locmem.delivered] == []
    assert triggers.registry["shop.joinchat.order_receipt"].failed == 0


async def test_they_are_thanked(joinchat_outbox: JoinChatOutbox, lin: User) -> None:
    await joinchat_outbox.aclear()
    await thank(lin)
    assert [one.status async for one in joinchat_outbox] == ["queued"]
    assert len(await joinchat_outbox.alist()) == 1


@pytest.mark.joinchat_backends
def test_joinchat_takes_it(joinchat_sandbox: Sandbox, order: Order) -> None:
    joinchat_sandbox.fail(429, times=2, retry_after=1)
    ship(order)
    [payload] = joinchat_sandbox.wait_for(1, timeout=5)
    assert payload["recipient"] == {"uuid": "uuid-of-lin"}
    assert [one.reasons for one in joinchat_sandbox.refused()] == []
    joinchat_sandbox.clock.move(86_400)
    assert joinchat_sandbox.url.startswith("http")
