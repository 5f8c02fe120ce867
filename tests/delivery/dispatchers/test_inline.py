from __future__ import annotations

import datetime
import time
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.delivery import claims, due
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.signals import message_sent
from tests.receiving import receiving
from tests.servers import Connection, LoopbackServer, Request

Status = OutboxMessage.Status
ME = Recipient(uuid="me")


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_a_slow_server_holds_a_request_no_longer_than_its_share(
    settings: Any, unanswered: str
) -> None:
    bot = {**settings.JOINCHAT["default"], "API_URL": unanswered}
    bot["BACKEND"] = "joinchat_django.backends.http.HTTPBackend"
    settings.JOINCHAT = {"default": bot}
    row = outbox.send(ME, Text("Hello"))
    assert row.status == Status.QUEUED
    assert row.for_worker  # It was cut short: the bot's own deadline had not passed.
    assert "may have been delivered" in row.last_error
    # A request would cut the call short again, so the message waits for a worker.
    past = timezone.now() - datetime.timedelta(minutes=1)
    OutboxMessage.objects.update(send_at=past)
    assert claims.claim("default", limit=1, lease=60, in_a_hurry=True) == []
    OutboxMessage.objects.update(send_at=past - due.LEFT_TO_WORKERS)
    assert claims.claim("default", limit=1, lease=60, in_a_hurry=True)


@pytest.mark.thorough
@pytest.mark.django_db(transaction=True)
def test_a_request_begins_no_call_that_it_would_have_to_cut_short(
    settings: Any,
) -> None:
    def answer(request: Request, connection: Connection) -> None:
        time.sleep(0.4)
        connection.reply("{}")

    with LoopbackServer(answer) as server:
        settings.JOINCHAT = {"default": server.bot}
        with transaction.atomic():
            for number in range(12):
                outbox.send(Recipient(uuid=str(number)), Text("Hello"))
        sent = OutboxMessage.objects.filter(status=Status.SENT).count()
        assert 1 <= sent < 12
        assert OutboxMessage.objects.filter(status=Status.QUEUED, attempts=0).count() == 12 - sent
        assert len(server.requests) == sent


@pytest.mark.django_db(transaction=True)
def test_a_message_queued_by_a_receiver_falls_to_the_sweep_that_is_running(
    delivered: list[Delivered], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps = []
    monkeypatch.setattr(
        "joinchat_django.delivery.dispatchers.inline.deliver_due",
        lambda **options: sweeps.append(options) or deliver_due(**options),
    )

    def follow_up(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
        if message.recipient_value == "me":
            outbox.send(Recipient(uuid="you"), Text("as well"))

    with receiving(message_sent, follow_up):
        outbox.send(ME, Text("Hello"))
    assert [one.envelope.recipient.uuid for one in delivered] == ["me", "you"]
    assert len(sweeps) == 1
