"""What one sweep does with the rows that are due, and with those that it cannot deliver."""

from __future__ import annotations

import datetime
import logging
import threading
import time
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from joinchat_django.api import Envelope
from joinchat_django.backends.http import HTTPBackend
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer
from joinchat_django.signals import message_sent
from tests.receiving import receiving
from tests.waiting import PATIENCE

from .calls import before_each_call
from .rows import Status, make_due, queue, texts

pytestmark = pytest.mark.django_db


def test_a_queued_message_arrives_over_http_and_its_row_says_sent(
    over_http: SandboxServer,
) -> None:
    row = queue("你好 💶", tag="PAYMENT_UPDATE", delay=1)
    assert deliver_due() == {Status.SENT: 1}
    assert over_http.inbox.messages() == [
        {
            "page_id": 12345,
            "recipient": {"uuid": "lin"},
            "message": {"template_type": "text", "text": "你好 💶"},
            "tag": "PAYMENT_UPDATE",
            "delay": 1,
        }
    ]
    row.refresh_from_db()
    assert (row.status, row.attempts, row.last_status) == (Status.SENT, 1, 200)
    assert row.settled_at
    assert row.claim_token == ""
    assert deliver_due() == {}


def test_messages_to_one_recipient_keep_their_order(over_http: SandboxServer) -> None:
    for number in range(5):
        queue(str(number))
        queue(f"x{number}", uuid="mei")
    deliver_due()
    assert [text for text in texts(over_http) if not text.startswith("x")] == list("01234")


class TestAServerThatIsAway:
    def test_leaves_the_message_queued_with_the_error_and_a_later_sweep_sends_it(
        self, over_http: SandboxServer
    ) -> None:
        row = queue()
        over_http.stop()
        assert deliver_due() == {Status.QUEUED: 1}
        row.refresh_from_db()
        assert row.attempts == 1
        assert "Nothing was sent" in row.last_error
        assert row.send_at > timezone.now()
        over_http.start()
        assert deliver_due() == {}  # not before its time
        make_due()
        assert deliver_due() == {Status.SENT: 1}
        assert texts(over_http) == ["Hello"]

    def test_lets_no_later_message_overtake_the_one_that_waits(
        self, over_http: SandboxServer
    ) -> None:
        queue("first")
        over_http.stop()
        deliver_due()
        over_http.start()
        queue("second")
        assert deliver_due() == {}
        make_due()
        deliver_due()
        assert texts(over_http) == ["first", "second"]

    def test_is_given_up_after_the_last_attempt(
        self, over_http: SandboxServer, settings: Any
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "MAX_ATTEMPTS": 2}
        row = queue()
        over_http.stop()
        deliver_due()
        make_due()
        assert deliver_due() == {Status.FAILED: 1}
        row.refresh_from_db()
        assert row.attempts == 2


class TestARefusedMessage:
    def test_fails_for_good_with_the_servers_words(
        self, over_http: SandboxServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        row = queue(uuid="the-recipient")
        OutboxMessage.objects.update(tag="NO_SUCH_TAG")
        with caplog.at_level(logging.INFO, "joinchat_django"):
            assert deliver_due() == {Status.FAILED: 1}
        row.refresh_from_db()
        assert "NO_SUCH_TAG" in row.last_error
        assert f"row={row.pk} bot=default outcome=failed" in caplog.text
        assert row.recipient_value not in caplog.text

    def test_does_not_stop_those_behind_it(self, over_http: SandboxServer) -> None:
        damaged = queue("damaged")
        queue("good")
        OutboxMessage.objects.filter(pk=damaged.pk).update(content="{")
        assert deliver_due() == {Status.FAILED: 1, Status.SENT: 1}
        damaged.refresh_from_db()
        assert "JSONDecodeError" in damaged.last_error


def test_a_message_that_expires_while_it_is_claimed_is_not_sent(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = timezone.now() + datetime.timedelta(seconds=0.2)
    queue("slow", uuid="lin")
    queue("late", uuid="mei", expires_at=soon)
    before_each_call(monkeypatch, HTTPBackend, lambda envelope: time.sleep(0.3))
    assert deliver_due(concurrency=1) == {Status.SENT: 1, Status.EXPIRED: 1}


def test_a_bot_that_cannot_send_stops_no_other(over_http: SandboxServer, settings: Any) -> None:
    good = settings.JOINCHAT["default"]
    broken = {**good, "BACKEND": "joinchat_django.backends.NoSuch"}
    settings.JOINCHAT = {"default": good, "broken": broken, "second": good}
    for number in range(15):
        queue(f"first {number}", uuid=str(number))
    queue("second bot", bot="second")
    with pytest.raises(ImproperlyConfigured, match="NoSuch"):
        deliver_due()
    assert len(texts(over_http)) == 16


def test_what_there_is_no_time_for_stays_queued(over_http: SandboxServer) -> None:
    row = queue()
    assert deliver_due(seconds=0.1) == {}
    row.refresh_from_db()
    assert (row.status, row.claim_token) == (Status.QUEUED, "")


def test_a_stopped_sweep_finishes_the_calls_in_hand_and_gives_back_the_rest(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        queue(uuid=str(number))
    called: list[Envelope] = []
    stopped = threading.Event()

    def outlast_it(envelope: Envelope) -> None:
        """Take until the sweep has been stopped, and a moment longer."""
        called.append(envelope)
        assert stopped.wait(PATIENCE)
        time.sleep(0.3)

    def is_stopped() -> bool:
        if len(called) == 2:
            stopped.set()
        return stopped.is_set()

    before_each_call(monkeypatch, HTTPBackend, outlast_it)
    assert deliver_due(concurrency=2, stopped=is_stopped) == {Status.SENT: 2}
    assert OutboxMessage.objects.filter(status=Status.QUEUED, claim_token="").count() == 4


class TestALease:
    def test_that_no_call_fits_into_is_a_clear_error(
        self, over_http: SandboxServer, settings: Any
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "LEASE": 15}
        queue()
        with pytest.raises(ImproperlyConfigured, match="LEASE"):
            deliver_due()
        assert OutboxMessage.objects.get().status == Status.QUEUED

    @pytest.mark.thorough
    def test_that_is_nearly_over_begins_no_call(
        self, over_http: SandboxServer, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bot = settings.JOINCHAT["default"]
        settings.JOINCHAT = {"default": {**bot, "OPTIONS": {"deadline": 1}}}
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "LEASE": 2.2}
        before_each_call(monkeypatch, HTTPBackend, lambda envelope: time.sleep(0.3))
        for number in range(2):
            queue(str(number))
        tokens: list[str] = []

        def note(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
            tokens.append(message.claim_token)

        with receiving(message_sent, note):
            assert deliver_due() == {Status.SENT: 2}
        # Claimed together, and the second one again when its turn came too late.
        assert tokens[0] != tokens[1]
        assert texts(over_http) == ["0", "1"]


def test_a_backend_that_cannot_be_had_costs_no_message(settings: Any) -> None:
    row = queue()
    good = settings.JOINCHAT["default"]
    settings.JOINCHAT = {"default": {**good, "BACKEND": "joinchat_django.backends.NoSuch"}}
    with pytest.raises(ImproperlyConfigured, match="NoSuch"):
        deliver_due()
    row.refresh_from_db()
    assert (row.status, row.attempts) == (Status.QUEUED, 0)
