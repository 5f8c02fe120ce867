"""Crowds that bulks are sent to, and what the outbox holds for them then."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model

from joinchat_django.models import MessengerLink, OutboxMessage


def users() -> Any:
    """The manager of the site's users."""
    return get_user_model().objects


def people(number: int, *, name: str = "p") -> list[Any]:
    """Users without a link: p0, p1, …"""
    return users().bulk_create(
        users().model(username=f"{name}{n}", first_name="Pat") for n in range(number)
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


def rows() -> list[dict[str, Any]]:
    """The outbox's rows in the order of users, but for what no two of them have in common."""
    fields = {field.attname for field in OutboxMessage._meta.concrete_fields}
    return list(OutboxMessage.objects.order_by("user").values(*fields - {"id", "created_at"}))


def uuids(crowd: list[Any]) -> list[str]:
    return sorted(f"of-{user.username}" for user in crowd)


def texts() -> list[str]:
    """What the outbox holds, of text messages."""
    return sorted(row.message.to_dict()["text"] for row in OutboxMessage.objects.all())
