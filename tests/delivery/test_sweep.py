"""What one sweep does with the rows that are due, and with those that it cannot deliver."""

from __future__ import annotations

import datetime
import functools
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DataError, OperationalError
from django.db.models import QuerySet
from django.utils import timezone

from joinchat_django.backends.http import HTTPBackend
from joinchat_django.delivery.outcomes import Settlement
from joinchat_django.delivery.settling import Settled, settle
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer
from joinchat_django.signals import message_failed, message_sent
from tests.servers import PATIENCE, Connection, LoopbackServer, Request

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
    send = HTTPBackend.send

    def slowly(self: HTTPBackend, *args: Any, **options: Any) -> Any:
        time.sleep(0.3)
        return send(self, *args, **options)

    monkeypatch.setattr(HTTPBackend, "send", slowly)
    assert deliver_due(concurrency=1) == {Status.SENT: 1, Status.EXPIRED: 1}


def test_a_database_that_is_busy_at_the_wrong_moment_doubles_nothing(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()
    queue(uuid="mei")
    busy = iter([True, True, False, True])

    def sometimes(group: Sequence[Settlement]) -> Settled:
        if group and next(busy, False):
            raise OperationalError("database is locked")
        return settle(group)

    monkeypatch.setattr("joinchat_django.delivery.sweep.settle", sometimes)
    monkeypatch.setattr("joinchat_django.delivery.databases.WAITS", (0,))
    assert deliver_due() == {Status.SENT: 2}
    assert len(texts(over_http)) == 2


def test_what_cannot_be_written_down_is_taken_up_again_when_its_lease_has_run_out(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue()

    def broken(group: Sequence[Settlement]) -> Settled:
        raise OperationalError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("joinchat_django.delivery.sweep.settle", broken)
        patched.setattr("joinchat_django.delivery.databases.WAITS", (100,))
        patched.setattr("joinchat_django.delivery.databases.time.sleep", lambda seconds: None)
        with pytest.raises(OperationalError):
            deliver_due()
    assert deliver_due() == {}
    past = timezone.now() - datetime.timedelta(seconds=1)
    OutboxMessage.objects.update(lease_until=past)
    assert deliver_due() == {Status.SENT: 1}
    assert len(texts(over_http)) == 2


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


def test_a_bot_whose_server_hangs_holds_up_no_other(
    over_http: SandboxServer, settings: Any, unanswered: str
) -> None:
    good = settings.JOINCHAT["default"]
    hanging = {**good, "API_URL": unanswered, "OPTIONS": {"deadline": 1}}
    settings.JOINCHAT = {"default": hanging, "second": good}
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 2}
    for number in range(2):
        queue("hangs", uuid=str(number))
    for number in range(20):
        queue("passes", uuid=str(number), bot="second")
    settled: list[Counter[str]] = []
    deliver_due(progress=settled.append)
    # All of the second bot's were written down before the first one's calls came to an end.
    assert sum(settled[:-1], Counter()) == {Status.SENT: 20}
    assert settled[-1] == {Status.QUEUED: 2}


class TestSideBySide:
    def test_as_many_calls_are_made_at_a_time_as_the_settings_say(self, settings: Any) -> None:
        together = threading.Barrier(4)

        def answer(request: Request, connection: Connection) -> None:
            together.wait(timeout=10)
            connection.reply("{}")

        with LoopbackServer(answer) as server:
            bot = {"PAGE_ID": 1, "API_SECRET": "s", "API_URL": server.url}
            settings.JOINCHAT = {"default": {**bot, "OPTIONS": {"proxies": {}}}}
            settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 4}
            for number in range(12):
                queue(uuid=str(number))
            assert deliver_due() == {Status.SENT: 12}
            # Kept open, one for each thread.
            assert len(server.connections) == 4

    def test_one_persons_messages_are_never_under_way_together(self, settings: Any) -> None:
        under_way: Counter[str] = Counter()
        seen: list[int] = []

        def answer(request: Request, connection: Connection) -> None:
            recipient = json.loads(request.body)["recipient"]["uuid"]
            under_way[recipient] += 1
            seen.append(under_way[recipient])
            time.sleep(0.01)
            under_way[recipient] -= 1
            connection.reply("{}")

        with LoopbackServer(answer) as server:
            bot = {"PAGE_ID": 1, "API_SECRET": "s", "API_URL": server.url}
            settings.JOINCHAT = {"default": {**bot, "OPTIONS": {"proxies": {}}}}
            settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 8}
            for number in range(60):
                queue(str(number), uuid=str(number % 3))
            assert deliver_due() == {Status.SENT: 60}
            order: dict[str, list[int]] = {}
            for request in server.requests:
                data = json.loads(request.body)
                order.setdefault(data["recipient"]["uuid"], []).append(int(data["message"]["text"]))
        assert set(seen) == {1}
        assert all(numbers == sorted(numbers) for numbers in order.values())

    def test_a_message_costs_a_fraction_of_a_query(
        self, over_http: SandboxServer, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(100):
            queue(uuid=str(number))
        with django_assert_max_num_queries(60):
            assert deliver_due(concurrency=50) == {Status.SENT: 100}


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
    called: list[threading.Thread] = []
    send = HTTPBackend.send

    def slowly(self: HTTPBackend, *args: Any, **options: Any) -> Any:
        called.append(threading.current_thread())
        time.sleep(0.5)
        return send(self, *args, **options)

    monkeypatch.setattr(HTTPBackend, "send", slowly)
    assert deliver_due(concurrency=2, stopped=lambda: len(called) == 2) == {Status.SENT: 2}
    assert OutboxMessage.objects.filter(status=Status.QUEUED, claim_token="").count() == 4


def test_a_thread_that_cannot_be_had_costs_nothing(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = threading.Thread.start
    started: list[threading.Thread] = []

    def limited(thread: threading.Thread) -> None:
        if thread.name.startswith("joinchat-call"):
            if len(started) == allowed:
                raise RuntimeError("can't start new thread")
            started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    for number in range(10):
        queue(uuid=str(number))
    allowed = 0
    with pytest.raises(RuntimeError):
        deliver_due()
    assert OutboxMessage.objects.filter(status=Status.QUEUED, claim_token="").count() == 10
    allowed = 3
    assert deliver_due() == {Status.SENT: 10}


def test_what_is_claimed_is_not_held_while_the_server_hangs(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("joinchat_django.delivery.bot_sweep.TOO_LONG", 0.2)
    let_go = threading.Event()

    def answer(request: Request, connection: Connection) -> None:
        if len(server.requests) > 50:
            in_time.append(let_go.wait(PATIENCE))
        connection.reply("{}")

    def is_held_little() -> bool:
        if len(server.requests) > 50:
            open_rows.append(OutboxMessage.objects.filter(status=Status.SENDING).count())
            if open_rows[-1] <= 4 + 2:
                let_go.set()
        return False

    open_rows: list[int] = []
    in_time: list[bool] = []
    with LoopbackServer(answer) as server:
        bot = {"PAGE_ID": 1, "API_SECRET": "s", "API_URL": server.url, "OPTIONS": {"proxies": {}}}
        settings.JOINCHAT = {"default": bot}
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 4}
        for number in range(400):
            queue(uuid=str(number))
        assert deliver_due(stopped=is_held_little) == {Status.SENT: 400}
    # While the server hung, only the four calls in hand were held, and a row or two in reserve.
    assert all(in_time)


class TestAnAnswerThatTheDatabaseCannotStore:
    def test_is_left_out_and_harms_no_other_message(
        self, over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(5):
            queue(uuid=str(number))
        update = QuerySet.update
        bad = OutboxMessage.objects.earliest("pk")

        def refuse(rows: Any, **changes: Any) -> int:
            # As MariaDB does where a table's character set has no emoji.
            answer = changes.get("answer")
            if getattr(answer, "value", answer) and rows.filter(pk=bad.pk).exists():
                raise DataError(1366, "Incorrect string value")
            return int(update(rows, **changes))

        monkeypatch.setattr(QuerySet, "update", refuse)
        assert deliver_due() == {Status.SENT: 5}
        bad.refresh_from_db()
        assert (bad.status, bad.answer) == (Status.SENT, "")
        assert OutboxMessage.objects.exclude(answer="").count() == 4
        assert len(texts(over_http)) == 5


class TestALease:
    def test_that_no_call_fits_into_is_a_clear_error(
        self, over_http: SandboxServer, settings: Any
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "LEASE": 15}
        queue()
        with pytest.raises(ImproperlyConfigured, match="LEASE"):
            deliver_due()
        assert OutboxMessage.objects.get().status == Status.QUEUED

    def test_that_is_nearly_over_begins_no_call(
        self, over_http: SandboxServer, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bot = settings.JOINCHAT["default"]
        settings.JOINCHAT = {"default": {**bot, "OPTIONS": {"deadline": 1}}}
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "LEASE": 2.2}
        send = HTTPBackend.send

        def slowly(self: HTTPBackend, *args: Any, **options: Any) -> Any:
            time.sleep(0.3)
            return send(self, *args, **options)

        monkeypatch.setattr(HTTPBackend, "send", slowly)
        for number in range(2):
            queue(str(number))
        tokens: list[str] = []

        def note(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
            tokens.append(message.claim_token)

        message_sent.connect(note)
        try:
            assert deliver_due() == {Status.SENT: 2}
        finally:
            message_sent.disconnect(note)
        # Claimed together, and the second one again when its turn came too late.
        assert tokens[0] != tokens[1]
        assert texts(over_http) == ["0", "1"]


class TestSignals:
    def test_tell_what_became_of_a_message(self, over_http: SandboxServer) -> None:
        heard: list[tuple[str, int]] = []

        def sent(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
            heard.append(("sent", message.pk))

        def failed(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
            heard.append(("failed", message.pk))

        message_sent.connect(sent)
        message_failed.connect(failed)
        try:
            good, bad = queue("good"), queue("bad", uuid="mei")
            OutboxMessage.objects.filter(pk=bad.pk).update(content="{")
            deliver_due()
        finally:
            message_sent.disconnect(sent)
            message_failed.disconnect(failed)
        assert sorted(heard) == sorted([("sent", good.pk), ("failed", bad.pk)])

    def test_a_receiver_that_raises_harms_nothing(
        self, over_http: SandboxServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        def broken(sender: Any, **kwargs: Any) -> None:
            raise RuntimeError("receiver is broken")

        nameless = functools.partial(broken)
        for receiver in (broken, nameless):
            message_sent.connect(receiver)
            try:
                queue()
                queue(uuid="mei")
                assert deliver_due() == {Status.SENT: 2}
            finally:
                message_sent.disconnect(receiver)
            assert "receiver is broken" in caplog.text
            caplog.clear()

    def test_let_no_lease_run_out_over_a_receiver_that_is_slow(
        self, over_http: SandboxServer
    ) -> None:
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
        message_sent.connect(slow)
        try:
            assert deliver_due(concurrency=2) == {Status.SENT: 40}
        finally:
            message_sent.disconnect(slow)
        # Nobody's result was left open while a receiver took its time.
        assert set(held) == {0}
        assert len(set(told)) == 40
        # And what they have not heard of yet stays within bounds.
        assert sent[0] < 40


def test_a_backend_that_cannot_be_had_costs_no_message(settings: Any) -> None:
    row = queue()
    good = settings.JOINCHAT["default"]
    settings.JOINCHAT = {"default": {**good, "BACKEND": "joinchat_django.backends.NoSuch"}}
    with pytest.raises(ImproperlyConfigured, match="NoSuch"):
        deliver_due()
    row.refresh_from_db()
    assert (row.status, row.attempts) == (Status.QUEUED, 0)
