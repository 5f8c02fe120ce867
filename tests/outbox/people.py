"""Crowds for the bulk tests to send to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from joinchat_django.models import MessengerLink, OutboxMessage


def people(number: int, *, name: str = "p") -> list[Any]:
    """Users without a link: p0, p1, …"""
    users = get_user_model().objects
    return users.bulk_create(
        users.model(username=f"{name}{n}", first_name="Pat") for n in range(number)
    )


def linked_people(number: int, *, name: str = "p") -> list[Any]:
    """Users who are linked: p0 by the uuid of-p0, and so on."""
    crowd = people(number, name=name)
    MessengerLink.objects.bulk_create(
        MessengerLink(user=user, uuid=f"of-{user.username}") for user in crowd
    )
    return crowd


def reached() -> list[str]:
    """Whom the outbox holds a message for, as often as it does."""
    return sorted(OutboxMessage.objects.values_list("recipient_value", flat=True))


def uuids(crowd: list[Any]) -> list[str]:
    return sorted(f"of-{user.username}" for user in crowd)


def texts() -> list[str]:
    """What the outbox holds, of text messages."""
    return sorted(row.message.to_dict()["text"] for row in OutboxMessage.objects.all())
