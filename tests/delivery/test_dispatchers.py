from __future__ import annotations

import datetime
import time
from typing import Any, ClassVar

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.delivery import claims
from joinchat_django.delivery.dispatchers import Dispatcher, InlineDispatcher, get_dispatcher
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.signals import message_sent
from tests.servers import Connection, LoopbackServer, Request

Status = OutboxMessage.Status
ME = Recipient(uuid="me")


class Counting(Dispatcher):
    """A site's own dispatcher."""

    woken: ClassVar[int] = 0

    def wake(self) -> None:
        type(self).woken += 1


class Broken(Dispatcher):
    """A dispatcher whose broker is away."""

    def wake(self) -> None:
        raise ConnectionError("the broker is away")


def use(settings: Any, dispatcher: str) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": dispatcher}


@pytest.mark.django_db(transaction=True)
def test_in_line_is_the_default() -> None:
    assert isinstance(get_dispatcher(), InlineDispatcher)
    assert outbox.send(ME, Text("Hello")).status == Status.SENT


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_left_to_find_the_rows(settings: Any, delivered: list[Delivered]) -> None:
    use(settings, "worker")
    assert outbox.send(ME, Text("Hello")).status == Status.QUEUED
    assert not delivered


@pytest.mark.django_db(transaction=True)
def test_a_sites_own_dispatcher_is_woken_once_a_transaction(settings: Any) -> None:
    use(settings, f"{__name__}.Counting")
    Counting.woken = 0
    with transaction.atomic():
        outbox.send(ME, Text("a"))
        outbox.send(ME, Text("b"))
        assert Counting.woken == 0
    assert Counting.woken == 1


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_that_fails_loses_nothing(settings: Any) -> None:
    use(settings, f"{__name__}.Broken")
    row = outbox.send(ME, Text("a"))
    assert row.status == Status.QUEUED
    use(settings, "inline")
    outbox.send(ME, Text("b"))
    row.refresh_from_db()
    assert row.status == Status.SENT


@pytest.mark.django_db(transaction=True)
def test_a_slow_server_holds_a_request_no_longer_than_its_share(
    settings: Any, monkeypatch: pytest.MonkeyPatch, unanswered: str
) -> None:
    monkeypatch.setattr("joinchat_django.delivery.dispatchers.INLINE_SECONDS", 0.5)
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
    OutboxMessage.objects.update(send_at=past - claims.LEFT_TO_WORKERS)
    assert claims.claim("default", limit=1, lease=60, in_a_hurry=True)


@pytest.mark.django_db(transaction=True)
def test_a_request_begins_no_call_that_it_would_have_to_cut_short(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(request: Request, connection: Connection) -> None:
        time.sleep(0.2)
        connection.reply("{}")

    monkeypatch.setattr("joinchat_django.delivery.dispatchers.INLINE_SECONDS", 1.5)
    with LoopbackServer(answer) as server:
        bot = {"PAGE_ID": 1, "API_SECRET": "s", "API_URL": server.url, "OPTIONS": {"proxies": {}}}
        settings.JOINCHAT = {"default": bot}
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
        "joinchat_django.delivery.dispatchers.deliver_due",
        lambda **options: sweeps.append(options) or deliver_due(**options),
    )

    def follow_up(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
        if message.recipient_value == "me":
            outbox.send(Recipient(uuid="you"), Text("as well"))

    message_sent.connect(follow_up)
    try:
        outbox.send(ME, Text("Hello"))
    finally:
        message_sent.disconnect(follow_up)
    assert [one.envelope.recipient.uuid for one in delivered] == ["me", "you"]
    assert len(sweeps) == 1


@pytest.mark.parametrize("name", ["nowhere", "no.such.module.Dispatcher", "builtins.dict"])
def test_a_dispatcher_that_is_none_is_a_clear_error(settings: Any, name: str) -> None:
    use(settings, name)
    with pytest.raises(ImproperlyConfigured, match=r"Dispatcher|DISPATCHER"):
        get_dispatcher()


@pytest.mark.django_db
def test_each_block_of_a_test_that_runs_callbacks_itself_wakes_delivery(
    django_capture_on_commit_callbacks: Any, delivered: list[Delivered]
) -> None:
    for number in range(1, 3):
        with django_capture_on_commit_callbacks(execute=True):
            outbox.send(ME, Text("Hello"))
        assert len(delivered) == number
