"""What the broadcast tests do again and again: draft, start, fan out, deliver, look."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from joinchat_django import broadcasts
from joinchat_django.broadcasts import drafting, fan_out
from joinchat_django.models import Broadcast, BroadcastChunk, MessengerLink, OutboxMessage

User = get_user_model()
Status = Broadcast.Status
RowStatus = OutboxMessage.Status

HELLO = {"template_type": "text", "text": "Hello {{ user.username }}"}
SPRING = {"template_type": "text", "text": "Spring sale"}


def make_chunks_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let five fill a chunk, and ten messages the outbox, so that a few people do."""
    monkeypatch.setattr(drafting, "CHUNK", 5)
    monkeypatch.setattr(fan_out, "CHUNK", 5)
    monkeypatch.setattr(fan_out, "WINDOW", 10)


def drafted(selection: QuerySet[Any] | None = None, **content: Any) -> Broadcast:
    """A draft to everybody, or to a selection, with a message in hand."""
    selection = User.objects.all() if selection is None else selection
    broadcast = broadcasts.draft(selection, requested_by=None, title="Spring")
    for name, value in {"body": HELLO, **content}.items():
        setattr(broadcast, name, value)
    return broadcast


def started(selection: QuerySet[Any] | None = None, **content: Any) -> Broadcast:
    """A broadcast that is running, and of which nothing is in the outbox yet."""
    broadcast = drafted(selection, **content)
    broadcasts.start(broadcast, by=None)
    return broadcast


def fed(times: int = 1) -> bool:
    """Fan out as a sweep does, so many times; tell whether the last one changed something."""
    return [fan_out.feed(["default"], None) for _ in range(times)][-1]


def members(broadcast: Broadcast) -> list[Any]:
    """The keys of those who were selected, as they are kept, chunk after chunk."""
    chunks = BroadcastChunk.objects.filter(broadcast=broadcast).order_by("number")
    return [key for chunk in chunks for key in chunk.members]


def fresh(broadcast: Broadcast) -> Broadcast:
    return Broadcast.objects.get(pk=broadcast.pk)


def counts(broadcast: Broadcast) -> dict[str, int]:
    """What has become of the members, without what is 0."""
    row = fresh(broadcast)
    names = "queued", "not_linked", "failed", "repeated"
    return {name: getattr(row, name) for name in names if getattr(row, name)}


def link(user: Any, uuid: str = "", **values: Any) -> MessengerLink:
    return MessengerLink.objects.create(user=user, uuid=uuid or f"of-{user.username}", **values)
