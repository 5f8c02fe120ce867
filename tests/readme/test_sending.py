"""The examples that queue messages."""

from __future__ import annotations

import shlex
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.dispatch import Signal

from joinchat_django import outbox, triggers
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.sandbox import SandboxServer

from .blocks import ROOT, block
from .conftest import TEA

pytestmark = pytest.mark.django_db


def receipt() -> dict[str, Any]:
    """Return the receipt that is in the outbox."""
    return OutboxMessage.objects.get(template_type="receipt").message.to_dict()


def test_send(lin: Any) -> None:
    exec(block("python", "outbox.send(user, Text("), {"user": lin})
    assert OutboxMessage.objects.count() == 6
    assert receipt()["elements"] == [TEA]


def test_send_bulk(lin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"template_type": "text", "text": "{{ points }}"}
    MessageTemplate.objects.create(slug="spring-news", name="News", body=body)
    users = get_user_model()
    for name in ("mei", "tom"):
        users.objects.create_user(username=name)
    # A site whose users have these two.
    monkeypatch.setattr(users, "points", 3, raising=False)
    subscribers = SimpleNamespace(filter=lambda newsletter: users.objects.exclude(username="tom"))
    found: dict[str, Any] = {"User": SimpleNamespace(objects=subscribers), "outbox": outbox}
    exec(block("python", "outbox.send_bulk("), found)
    result = found["result"]
    assert (result.queued, result.not_linked, result.failed) == (1, 1, 0)
    [row] = OutboxMessage.objects.filter(group="spring")
    # It was cancelled, and queued again.
    assert (row.message.to_dict()["text"], row.status) == ("3", "queued")


def test_joinchat_send(lin: Any) -> None:
    lines = block("sh", "joinchat_send").replace("\\\n", "").splitlines()
    examples = [shlex.split(line, comments=True)[2:] for line in lines if "joinchat_send" in line]
    assert len(examples) == 2
    for example in examples:
        call_command(*example)
    assert OutboxMessage.objects.count() == 2
    assert receipt()["recipient_name"] == "Lin"


def test_a_trigger(lin: Any) -> None:
    order_placed = Signal()
    source = block("python", "@triggers.on(").replace("from .signals import order_placed", "")
    known = dict(triggers.registry)
    exec(source, {"order_placed": order_placed, "__name__": "shop.joinchat"})
    try:
        lines = SimpleNamespace(all=lambda: [SimpleNamespace(**TEA)])
        order = SimpleNamespace(pk=1, user=lin, number="A-17", lines=lines, total=4.5)
        with triggers.raise_errors():
            order_placed.send(None, order=order)
    finally:
        triggers.registry.clear()
        triggers.registry.update(known)
    assert receipt()["order_number"] == "A-17"


def test_a_script_without_django() -> None:
    """In a process of its own, in which nothing has imported Django."""
    with SandboxServer(page_id=12345, api_secret="…") as sandbox:
        here = f'api_secret="…", api_url={sandbox.api_url!r}'
        source = block("python", "client = Client(").replace('api_secret="…"', here)
        source += "\nimport sys\nassert 'django' not in sys.modules\n"
        script = [sys.executable, "-W", "error", "-X", "utf8", "-c", source]
        subprocess.run(script, cwd=ROOT, check=True, timeout=60)
        [payload] = sandbox.inbox.wait_for(1)
    assert payload["message"] == {"template_type": "text", "text": "Hello"}
