"""What the README shows works as it stands there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.dispatch import Signal

from joinchat_django import triggers
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage

README = (Path(__file__).parents[1] / "README.md").read_text()

TEA = {"title": "Tea", "price": 4.5}


def block(language: str, words: str) -> str:
    """Return the one block of code that has these words in it."""
    blocks = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    [found] = [block for block in blocks if words in block]
    return str(found)


@pytest.fixture(autouse=True)
def lin(django_user_model: Any, settings: Any, db: None) -> Any:
    """A linked user of a site that has the README's template; a worker delivers."""
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
    user = django_user_model.objects.create_user(username="lin", first_name="Lin")
    MessengerLink.objects.create(user=user, uuid="lin")
    body = json.loads(block("json", "template_type"))
    MessageTemplate.objects.create(slug="order-receipt", name="Receipt", body=body)
    return user


def receipt() -> dict[str, Any]:
    """Return the receipt that is in the outbox."""
    return OutboxMessage.objects.get(template_type="receipt").message.to_dict()


def test_the_examples_of_send(lin: Any) -> None:
    exec(block("python", "outbox.send(user, Text("), {"user": lin})
    assert OutboxMessage.objects.count() == 6
    assert receipt()["elements"] == [TEA]


def test_the_examples_of_joinchat_send(lin: Any, capsys: pytest.CaptureFixture[str]) -> None:
    lines = block("sh", "joinchat_send").replace("\\\n", "").splitlines()
    examples = [shlex.split(line, comments=True)[2:] for line in lines if "joinchat_send" in line]
    assert len(examples) == 2
    for example in examples:
        call_command(*example)
    assert OutboxMessage.objects.count() == 2
    assert receipt()["recipient_name"] == "Lin"


def test_the_example_of_a_trigger(lin: Any) -> None:
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
