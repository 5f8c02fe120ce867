"""Rows of the outbox in any status, and what staff do with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import DeliveryAttempt, OutboxMessage

from .pages import page_of


def put(status: str, group: str = "", **values: Any) -> OutboxMessage:
    """Write a row that has come so far."""
    recipient = Recipient(email=f"{status}@example.com")
    row = outbox.send(recipient, Text("The secret text"), group=group)
    settled_at = None if status in ("queued", "sending") else timezone.now()
    OutboxMessage.objects.filter(pk=row.pk).update(status=status, settled_at=settled_at, **values)
    row.refresh_from_db()
    return row


def attempt(row: OutboxMessage, **values: Any) -> DeliveryAttempt:
    """Log an attempt at a row that did not deliver."""
    given = {"number": 1, "made_at": timezone.now(), "outcome": "queued", **values}
    return DeliveryAttempt.objects.create(message=row, **given)


def status_of(row: OutboxMessage) -> str:
    """Return what has become of a row."""
    row.refresh_from_db()
    return row.status


def run(client: Client, action: str, rows: Iterable[OutboxMessage], **more: Any) -> Any:
    """Tick rows of the list and start an action."""
    ticked = [str(row.pk) for row in rows]
    data = {"action": action, ACTION_CHECKBOX_NAME: ticked, **more}
    return client.post(page_of(OutboxMessage), data)
