from __future__ import annotations

from typing import Any

import pytest

from joinchat_django.models import MessageTemplate


@pytest.fixture
def receipt(db: None) -> MessageTemplate:
    return MessageTemplate.objects.create(
        slug="receipt",
        name="Receipt",
        tag="PAYMENT_UPDATE",
        delay=2,
        body={
            "template_type": "receipt",
            "recipient_name": "{{ user.first_name }}",
            "order_number": "{{ number }}",
            "currency": "EUR",
            "payment_method": "Card",
            "summary": {"total_cost": "{{ total }}"},
        },
    )


@pytest.fixture
def greeting(db: None) -> MessageTemplate:
    return MessageTemplate.objects.create(
        slug="greeting",
        name="Greeting",
        body={"template_type": "text", "text": "{{ user.username }} has {{ points }} points"},
    )


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of three, so that a few rows fill several."""
    monkeypatch.setattr("joinchat_django.outbox.audiences.PAGE", 3)
    monkeypatch.setattr("joinchat_django.outbox.recalling.PAGE", 3)


@pytest.fixture
def left_to_a_worker(settings: Any) -> None:
    """A site where nothing is delivered while a test looks on."""
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
