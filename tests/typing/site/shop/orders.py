"""Sends of every kind."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone
from typing_extensions import assert_type

from joinchat_django import outbox
from joinchat_django.api import ButtonTemplate, Message, MessageTag, PostbackButton, Recipient, Text
from joinchat_django.conf import UnknownBot
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage

from .models import Order


def ship(order: Order) -> OutboxMessage | None:
    """To a user, with all that can be said."""
    tomorrow = timezone.now() + timedelta(days=1)
    try:
        row = outbox.send(
            order.customer,
            Text("Your parcel has left us."),
            bot="default",
            tag=MessageTag.SHIPPING_UPDATE,
            delay=2,
            send_at=timezone.now(),
            expires_at=tomorrow,
            idempotency_key=f"shipped-{order.pk}",
            group="shipping",
            requested_by=order.customer,
        )
    except (outbox.NotLinked, outbox.UnknownTemplate, UnknownBot):
        return None
    assert_type(row.recipient, Recipient)
    assert_type(row.message, Message)
    return row


def ask(user: User, link: MessengerLink, template: MessageTemplate) -> list[OutboxMessage]:
    """By a link, by a template, by its slug, several in order."""
    start = PostbackButton(title="Tell us", block_id="123")
    rows = outbox.send(user, [Text("First"), "second", ButtonTemplate("Third", buttons=[start])])
    assert_type(rows, list[OutboxMessage])
    more = outbox.send(user, (Text("First"), template), context={"number": "A-17"})
    assert_type(more, list[OutboxMessage])
    assert_type(outbox.send(link, template, context={"lines": [{"price": 4.5}]}), OutboxMessage)
    assert_type(outbox.send(Recipient(email="lin@example.com"), "order-receipt"), OutboxMessage)
    return [*rows, *more]


async def thank(user: User) -> None:
    """From asynchronous code."""
    row = await outbox.asend(user, Text("Thank you."), tag="ACCOUNT_UPDATE")
    assert_type(row, OutboxMessage)
    rows = await outbox.asend(user, [Text("Thank"), Text("you.")])
    assert_type(rows, list[OutboxMessage])
    assert_type(await outbox.acancel(rows), int)


def think_again(row: OutboxMessage) -> int:
    """Second thoughts about rows and groups."""
    late = OutboxMessage.objects.filter(status=OutboxMessage.Status.QUEUED)
    outbox.hold(group="shipping")
    outbox.release(group="shipping")
    stopped = outbox.cancel(row, reason="Sold out.") + outbox.cancel(late)
    return stopped + outbox.retry(group="shipping") + outbox.mark_done([row])
