"""Signals tell what became of messages, and their receivers can harm nothing."""

from __future__ import annotations

import functools
import time
from typing import Any

import pytest

from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer
from joinchat_django.signals import message_failed, message_sent
from tests.receiving import receiving

from .rows import Status, queue

pytestmark = pytest.mark.django_db


class TestSignals:
    def test_tell_what_became_of_a_message(self, over_http: SandboxServer) -> None:
        heard: list[tuple[str, int]] = []

        def sent(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
            heard.append(("sent", message.pk))

        def failed(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
            heard.append(("failed", message.pk))

        good, bad = queue("good"), queue("bad", uuid="mei")
        OutboxMessage.objects.filter(pk=bad.pk).update(content="{")
        with receiving(message_sent, sent), receiving(message_failed, failed):
            deliver_due()
        assert sorted(heard) == sorted([("sent", good.pk), ("failed", bad.pk)])

    def test_a_receiver_that_raises_harms_nothing(
        self, over_http: SandboxServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(sender: Any, **kwargs: Any) -> None:
            raise RuntimeError("receiver is broken")

        nameless = functools.partial(broken)
        for receiver in (broken, nameless):
            with receiving(message_sent, receiver):
                queue()
                queue(uuid="mei")
                assert deliver_due() == {Status.SENT: 2}
            assert "receiver is broken" in caplog.text
            caplog.clear()

    @pytest.mark.thorough
    def test_let_no_lease_run_out_over_a_receiver_that_is_slow(
        self, over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("joinchat_django.delivery.bot_sweep.LARGEST_BATCH", 10)
        held: list[int] = []
        sent: list[int] = []
        told: list[int] = []

        def slow(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
            time.sleep(0.02)
            held.append(OutboxMessage.objects.filter(status=Status.SENDING).count())
            sent.append(OutboxMessage.objects.filter(status=Status.SENT).count())
            told.append(message.pk)

        for number in range(40):
            queue(uuid=str(number))
        with receiving(message_sent, slow):
            assert deliver_due(concurrency=2) == {Status.SENT: 40}
        # Nobody's result was left open while a receiver took its time.
        assert set(held) == {0}
        assert len(set(told)) == 40
        # And what they have not heard of yet stays within bounds.
        assert sent[0] < 40
