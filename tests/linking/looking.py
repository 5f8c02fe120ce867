"""What tests of linking look at, and a way to do things at the same moment."""

from __future__ import annotations

import threading
from typing import Any

from django.db import connections

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


def together(*steps: Any) -> list[Any]:
    """Do some things at the same moment, each with a connection of its own."""
    results: list[Any] = []
    gate = threading.Barrier(len(steps))

    def run(step: Any) -> None:
        try:
            gate.wait(30)
            results.append(step())
        except Exception as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[step]) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results
