"""A little site code to test: what queues messages."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage


def linked_customer(name: str = "lin") -> Any:
    user = get_user_model().objects.create_user(username=name)
    MessengerLink.objects.create(user=user, uuid=f"uuid-of-{name}")
    return user


def ship(user: Any, number: str = "A-17") -> OutboxMessage:
    return outbox.send(
        user,
        Text(f"Order {number} has left us."),
        tag="SHIPPING_UPDATE",
        idempotency_key=f"shipped-{number}",
    )
