"""What tests of linking look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.dispatch import Signal

from joinchat_django.models import MessengerLink, OutboxMessage


def uuids_of(user: Any, bot: str = "default") -> list[str]:
    links = MessengerLink.objects.filter(user=user, bot=bot, is_active=True)
    return list(links.order_by("linked_at", "pk").values_list("uuid", flat=True))


def listening(signal: Signal, told: list[str]) -> Callable[..., None]:
    """Note the uuid of each link that a signal tells of, and return the receiver."""

    def listen(link: MessengerLink, **kwargs: Any) -> None:
        told.append(link.uuid)

    signal.connect(listen, sender=MessengerLink, weak=False)
    return listen


def queued() -> list[str]:
    """Whom a message is still queued for."""
    waiting = OutboxMessage.objects.filter(status=OutboxMessage.Status.QUEUED)
    return sorted(waiting.values_list("recipient_value", flat=True))


def errors() -> set[str]:
    """Why messages were cancelled."""
    cancelled = OutboxMessage.objects.filter(status=OutboxMessage.Status.CANCELLED)
    return set(cancelled.values_list("last_error", flat=True))
