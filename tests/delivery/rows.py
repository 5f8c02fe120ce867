"""Rows of the outbox that the delivery tests queue, hurry and look at."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.sandbox.server import SandboxServer

Status = OutboxMessage.Status


def queue(text: str = "Hello", uuid: str = "lin", **options: Any) -> OutboxMessage:
    return outbox.send(Recipient(uuid=uuid), Text(text), **options)


def make_due(**changes: Any) -> None:
    """Let the time pass that rows wait for."""
    OutboxMessage.objects.filter(status=Status.QUEUED).update(send_at=a_moment_ago(), **changes)


def end_leases() -> None:
    """Let the time pass for which rows are claimed, as if their worker had died."""
    OutboxMessage.objects.filter(status=Status.SENDING).update(lease_until=a_moment_ago())


def end_pauses() -> None:
    """Let the time pass for which bots are paused, so that a probe may be made."""
    BotState.objects.filter(paused_until__isnull=False).update(paused_until=a_moment_ago())


def a_moment_ago() -> datetime.datetime:
    return timezone.now() - datetime.timedelta(seconds=1)


def statuses() -> Counter[str]:
    """How many rows there are of each status."""
    return Counter(OutboxMessage.objects.values_list("status", flat=True))


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
