"""What a site's logs hold of what its customers were sent, with everything logged."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox import SandboxServer
from tests.checking import SECRET
from tests.saving import SAVE


@pytest.fixture
def sandbox(settings: Any, left_to_a_worker: None) -> Iterator[SandboxServer]:
    with SandboxServer(page_id=12345, api_secret=SECRET) as server:
        bot = {"PAGE_ID": 12345, "API_SECRET": SECRET, "API_URL": server.api_url}
        settings.JOINCHAT = {"default": bot}
        yield server


@pytest.mark.django_db(transaction=True)
def test_our_loggers_know_neither_content_nor_recipient_nor_secret(
    sandbox: SandboxServer, customer: Client, user: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "joinchat_django")
    customer.post(SAVE, {"uuid": "the-customers-uuid"})
    outbox.send(user, Text("the-customers-receipt"))
    outbox.send(Recipient(email="lin@example.com"), Text("the-text-that-is-refused"))
    OutboxMessage.objects.filter(recipient_kind="email").update(tag="NO_SUCH_TAG")
    assert deliver_due() == {"sent": 1, "failed": 1}
    sandbox.fail(401)
    outbox.send(user, Text("the-customers-receipt"))
    assert deliver_due() == {"queued": 1}
    told = "\n".join(
        f"{record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.name.startswith("joinchat_django")
    )
    assert told.count("outcome=") >= 3
    for hidden in ("the-customers", "lin@", "the-text", "NO_SUCH_TAG", SECRET, user.username):
        assert hidden not in told
