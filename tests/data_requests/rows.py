"""Rows of the outbox as the tests of data requests put them there."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import DeliveryAttempt, OutboxMessage

Status = OutboxMessage.Status


def put(to: Any, text: str = "Hello", *, status: str = Status.SENT, **options: Any) -> int:
    """Put a message into the outbox, and let that become of it."""
    row = outbox.send(to, Text(text), **options)
    now = timezone.now()
    values: dict[str, Any] = {"status": status}
    if status == Status.SENDING:
        values |= {"claim_token": "token", "lease_until": now + datetime.timedelta(minutes=5)}
    elif status != Status.QUEUED:
        values["settled_at"] = now
    OutboxMessage.objects.filter(pk=row.pk).update(**values)
    return int(row.pk)


def attempt(key: int, **values: Any) -> None:
    """Log an attempt that did not deliver."""
    DeliveryAttempt.objects.create(
        message_id=key, number=1, made_at=timezone.now(), outcome=Status.FAILED, **values
    )


def left() -> list[int]:
    return list(OutboxMessage.objects.order_by("pk").values_list("pk", flat=True))
