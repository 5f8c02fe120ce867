"""What people do with a broadcast in their browsers."""

from __future__ import annotations

from typing import Any

from django.test import Client

from joinchat_django.models import Broadcast, MessageTemplate
from tests.admin.pages import page_of

HELLO = {"template_type": "text", "text": "Hello {{ user.username }}"}
#: The pages that change something.
WRITES = ("discard", "advance", "pause", "resume", "cancel", "retry")


def template(body: dict[str, Any] = HELLO, **values: Any) -> MessageTemplate:
    return MessageTemplate.objects.create(slug="a", name="A template", body=body, **values)


def page(client: Client, broadcast: Broadcast, name: str = "change") -> Any:
    return client.get(page_of(Broadcast, name, broadcast.pk))


def press(client: Client, broadcast: Broadcast, name: str) -> Any:
    response = client.post(page_of(Broadcast, name, broadcast.pk))
    broadcast.refresh_from_db()
    return response
