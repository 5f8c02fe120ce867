"""Rows of the outbox that the delivery tests queue, hurry and look at."""

from __future__ import annotations

import datetime
from typing import Any

from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer

Status = OutboxMessage.Status


def queue(text: str = "Hello", uuid: str = "lin", **options: Any) -> OutboxMessage:
    return outbox.send(Recipient(uuid=uuid), Text(text), **options)


def make_due(**changes: Any) -> None:
    """Let the time pass that rows wait for."""
    past = timezone.now() - datetime.timedelta(seconds=1)
    OutboxMessage.objects.filter(status=Status.QUEUED).update(send_at=past, **changes)


def texts(sandbox: SandboxServer) -> list[str]:
    return [payload["message"]["text"] for payload in sandbox.inbox.messages()]


def queue_many(messages: int, recipients: int) -> None:
    """Queue numbered messages, to each recipient in turn."""
    first = queue("0", uuid="0")
    now = timezone.now()
    copies = []
    for number in range(1, messages):
        uuid = str(number % recipients)
        copies.append(
            OutboxMessage(
                recipient_kind="uuid",
                recipient_value=uuid,
                content=first.content.replace('"0"', f'"{number}"'),
                template_type="text",
                send_at=now,
            )
        )
    OutboxMessage.objects.bulk_create(copies, batch_size=500)
