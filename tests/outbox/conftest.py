from __future__ import annotations

import datetime

import pytest
from django.db import connection
from django.utils import timezone

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
    monkeypatch.setattr("joinchat_django.outbox.copying.COPIED_AT_ONCE", 3)
    monkeypatch.setattr("joinchat_django.outbox.personal.WRITTEN_AT_ONCE", 3)
    monkeypatch.setattr("joinchat_django.outbox.selections.PAGE", 3)


@pytest.fixture
def clock_goes_wrong(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of the site whose clock is days ahead of the database's."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite runs in this process and has its clock.")
    wrong = timezone.now() + datetime.timedelta(days=300)
    monkeypatch.setattr(timezone, "now", lambda: wrong)
