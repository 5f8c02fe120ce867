"""What tests of linking look at."""

from __future__ import annotations

from typing import Any

from joinchat_django.models import MessengerLink, OutboxMessage


def uuids_of(user: Any, bot: str = "default") -> list[str]:
    """The uuids that a user is linked to, the newest last."""
    links = MessengerLink.objects.filter(user=user, bot=bot, is_active=True)
    return list(links.order_by("linked_at", "pk").values_list("uuid", flat=True))


def queued() -> list[str]:
    """Whom a message is still queued for."""
    waiting = OutboxMessage.objects.filter(status=OutboxMessage.Status.QUEUED)
    return sorted(waiting.values_list("recipient_value", flat=True))


def reasons() -> set[str]:
    """Why messages were cancelled."""
    cancelled = OutboxMessage.objects.filter(status=OutboxMessage.Status.CANCELLED)
    return set(cancelled.values_list("last_error", flat=True))
