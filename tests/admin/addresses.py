"""Every address that the app has in the admin, found by asking the admin itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import URLResolver, reverse
from django.utils import timezone

from joinchat_django import outbox, triggers
from joinchat_django.api import Recipient, Text
from joinchat_django.models import (
    BotState,
    Broadcast,
    MessageTemplate,
    MessengerLink,
    OutboxMessage,
    TriggerState,
)

APP = "joinchat_django"
TRIGGER = "shop.receipt"
BODY = {"template_type": "text", "text": "Hello"}


@dataclass(frozen=True)
class Address:
    """A URL name without the app's, such as ``botstate_pause``, and the URL."""

    name: str
    url: str


def names() -> list[tuple[str, bool]]:
    """Return each URL name, and whether the URL names a row."""
    found = []
    for resolver in admin.site.get_urls():
        if isinstance(resolver, URLResolver) and str(resolver.pattern).startswith(f"{APP}/"):
            for pattern in resolver.url_patterns:
                # Without a name: leads what Django 1.8 called a row's page to today's.
                if pattern.name:
                    assert set(pattern.pattern.converters) <= {"object_id"}, pattern
                    name = pattern.name.removeprefix(f"{APP}_")
                    found.append((name, bool(pattern.pattern.converters)))
    return found


@contextlib.contextmanager
def addresses_about(user: Any) -> Iterator[list[Address]]:
    """Yield all addresses, with rows behind them: each about this user or asked for by them."""
    with patch.dict(triggers.registry):
        triggers.registry[TRIGGER] = triggers.Trigger(TRIGGER, lambda **kwargs: None)
        rows = _rows_about(user)
        yield [
            Address(name, reverse(f"admin:{APP}_{name}", args=[quote(key)] if has_row else []))
            for name, has_row in names()
            for key in [rows.get(name, rows[name.split("_")[0]])]
        ]


def _rows_about(user: Any) -> dict[str, Any]:
    """Write a row of each model, and return its key by the model, or by a page of its own."""
    link = MessengerLink.objects.create(user=user, uuid="uuid-of-the-rows")
    template = MessageTemplate.objects.create(slug="a", name="A", body=BODY)
    row = outbox.send(user, template, requested_by=user)
    assert isinstance(row, OutboxMessage)
    outbox.send(Recipient(email="a@example.com"), Text("Hello"))
    BotState.objects.create(bot="default", is_paused=True, reason="Wrong.")
    TriggerState.objects.create(name=TRIGGER)
    status = Broadcast.Status
    model = user._meta.label_lower
    made = {
        each: Broadcast.objects.create(
            status=each,
            model=model,
            body=BODY,
            requested_by=user,
            started_at=None if each == status.DRAFT else timezone.now(),
        )
        for each in (status.DRAFT, status.RUNNING, status.FINISHED)
    }
    return {
        "botstate": "default",
        "triggerstate": TRIGGER,
        "messengerlink": link.pk,
        "messagetemplate": template.pk,
        "outboxmessage": row.pk,
        "broadcast": made[status.RUNNING].pk,
        "broadcast_compose": made[status.DRAFT].pk,
        "broadcast_review": made[status.DRAFT].pk,
        "broadcast_discard": made[status.DRAFT].pk,
        "broadcast_retry": made[status.FINISHED].pk,
        "broadcast_delete": made[status.FINISHED].pk,
    }
