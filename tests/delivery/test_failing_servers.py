"""Servers that fail: never lost, never doubled unless uncertain, tried again as configured."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django.api import Text
from joinchat_django.delivery.retrying import ExponentialInterval
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import BotState, OutboxMessage
from tests.servers import Connection, LoopbackServer, Request, free_port, replying

from .rows import Status, make_due, queue

pytestmark = pytest.mark.django_db

MESSAGES = 12

Answer = Callable[[Request, Connection], object]


def reset(request: Request, connection: Connection) -> None:
    connection.reset()


def drip(request: Request, connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    connection.drip(b" " * 1000)


def never_end(request: Request, connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\n\r\n")
    connection.left_by_client_within(5)


def send_a_gigabyte(request: Request, connection: Connection) -> None:
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    connection.flood(b"x" * 65536, 2**30)


def garbage(request: Request, connection: Connection) -> None:
    connection.send(b"\x00\xff this is not HTTP \r\n\r\n")
    connection.close()


class Site:
    """A site that has queued some messages for a server which ``answer`` spoils at first."""

    def __init__(self, server: LoopbackServer, settings: Any) -> None:
        self.server = server
        self.settings = settings
        bot = {"PAGE_ID": 1, "API_SECRET": "of-the-tests", "API_URL": server.url}
        options = {"proxies": {}, "deadline": 0.5, "connect_timeout": 0.5}
        settings.JOINCHAT = {"default": {**bot, "OPTIONS": options}}
        self.delivery()

    def delivery(self, **changes: Any) -> None:
        self.settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 8, **changes}

    def queue(self) -> None:
        for number in range(MESSAGES):
            queue(str(number), uuid=str(number % (MESSAGES // 2)))

    def recover(self) -> None:
        """Let the server accept from now on, and the time pass that is waited for."""
        self.server.answer = replying('{"success": true}')
        self.deliver_again()

    def deliver_again(self) -> None:
        """Sweep until nothing is queued any more, letting the time pass that rows wait for."""
        for _ in range(20):
            BotState.objects.filter(paused_until__isnull=False).update(paused_until=timezone.now())
            make_due()
            deliver_due()
            if not OutboxMessage.objects.filter(status=Status.QUEUED).exists():
                return
        pytest.fail("Something stays queued for ever.")

    def statuses(self) -> Counter[str]:
        return Counter(OutboxMessage.objects.values_list("status", flat=True))

    def received(self) -> Counter[str]:
        """Count how often the server has read each message."""
        bodies = [json.loads(request.body) for request in self.server.requests]
        return Counter(body["message"]["text"] for body in bodies)


@pytest.fixture
def site(settings: Any) -> Iterator[Site]:
    with LoopbackServer(replying("{}")) as server:
        yield Site(server, settings)


CERTAINLY_NOT_DELIVERED: dict[str, Answer] = {
    "408": replying("", "408 Request Timeout"),
    "425": replying("", "425 Too Early"),
    "429": replying("", "429 Too Many Requests"),
    "500": replying("oops", "500 Internal Server Error"),
    "503": replying("", "503 Service Unavailable", "Retry-After: 120"),
}
UNCERTAIN: dict[str, Answer] = {
    "reset": reset,
    "dripping": drip,
    "never-ending": never_end,
    "garbage": garbage,
}


@pytest.mark.parametrize("answer", CERTAINLY_NOT_DELIVERED.values(), ids=CERTAINLY_NOT_DELIVERED)
def test_a_server_that_is_out_of_order_costs_an_attempt_and_no_message(
    site: Site, answer: Answer
) -> None:
    site.queue()
    site.server.answer = answer
    deliver_due()
    assert site.statuses() == {Status.QUEUED: MESSAGES}
    tried = OutboxMessage.objects.filter(attempts=1)
    # Behind each message that waits, the recipient's next one waits untried.
    assert tried.count() == len(site.server.requests) == MESSAGES // 2
    before = Counter(site.received())
    site.recover()
    assert site.statuses() == {Status.SENT: MESSAGES}
    # Accepted once each, besides the attempts that were turned away.
    assert site.received() - before == Counter(map(str, range(MESSAGES)))


@pytest.mark.parametrize("answer", UNCERTAIN.values(), ids=UNCERTAIN)
class TestACallThatEndsInDoubt:
    def test_is_repeated(self, site: Site, answer: Answer) -> None:
        site.queue()
        site.server.answer = answer
        deliver_due()
        assert site.statuses() == {Status.QUEUED: MESSAGES}
        assert "may have been delivered" in OutboxMessage.objects.earliest("pk").last_error
        before = Counter(site.received())
        site.recover()
        assert site.statuses() == {Status.SENT: MESSAGES}
        # Only the first message of each recipient was in doubt.
        assert {text for text, times in site.received().items() if times > 1} == set(before)

    def test_is_left_to_a_person_where_the_site_wants_no_message_twice(
        self, site: Site, answer: Answer
    ) -> None:
        site.delivery(RETRY_UNCERTAIN=False)
        site.queue()
        site.server.answer = answer
        deliver_due()
        assert site.statuses() == {Status.UNCERTAIN: MESSAGES}
        site.recover()
        assert set(site.received().values()) == {1}


def test_a_gigabyte_in_answer_is_not_read_and_harms_nothing(site: Site) -> None:
    queue()
    site.server.answer = send_a_gigabyte
    assert deliver_due() == {Status.SENT: 1}
    assert site.server.connections[0].sent < 64 * 2**20
    assert len(OutboxMessage.objects.get().answer) <= 2_000


def test_garbage_in_place_of_json_was_accepted_and_is_kept_for_the_log(site: Site) -> None:
    queue()
    site.server.answer = replying(b"<h1>\xff\x00 nginx</h1>")
    assert deliver_due() == {Status.SENT: 1}
    assert "nginx" in OutboxMessage.objects.get().answer


def test_a_refused_connection_costs_an_attempt_and_sends_nothing(site: Site) -> None:
    site.queue()
    good = site.settings.JOINCHAT["default"]
    url = f"http://127.0.0.1:{free_port()}/api/send_message"
    site.settings.JOINCHAT = {"default": {**good, "API_URL": url}}
    deliver_due()
    assert site.statuses() == {Status.QUEUED: MESSAGES}
    site.settings.JOINCHAT = {"default": good}
    site.recover()
    assert site.received() == Counter(map(str, range(MESSAGES)))


def test_a_401_for_a_while_costs_nothing_at_all(site: Site) -> None:
    site.queue()
    site.server.answer = replying("", "401 Unauthorized")
    for _ in range(3):
        BotState.objects.update(paused_until=timezone.now())
        deliver_due()
    assert site.statuses() == {Status.QUEUED: MESSAGES}
    assert BotState.objects.get().is_paused
    site.recover()
    assert site.statuses() == {Status.SENT: MESSAGES}
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {1}


class TestAttempts:
    @pytest.fixture
    def away(self, site: Site) -> Site:
        site.server.answer = replying("", "500 Internal Server Error")
        return site

    def test_are_made_at_growing_intervals_as_many_as_configured(self, away: Site) -> None:
        away.delivery(MAX_ATTEMPTS=5)
        row = queue()
        waits = []
        while deliver_due() == {Status.QUEUED: 1}:
            row.refresh_from_db()
            waits.append((row.send_at - timezone.now()).total_seconds())
            make_due()
        interval = ExponentialInterval()
        expected = [interval.after(attempt) for attempt in range(1, 5)]
        assert waits == pytest.approx(expected, rel=0.25, abs=2)
        row.refresh_from_db()
        assert (row.status, row.attempts) == (Status.FAILED, 5)
        assert len(away.server.requests) == 5

    def test_wait_at_least_as_long_as_the_server_asks(self, away: Site) -> None:
        away.server.answer = replying("", "503 Service Unavailable", "Retry-After: 1000")
        row = queue()
        deliver_due()
        row.refresh_from_db()
        assert (row.send_at - timezone.now()).total_seconds() == pytest.approx(1000, abs=5)

    def test_end_when_the_message_expires(self, away: Site) -> None:
        row = queue(expires_at=timezone.now() + datetime.timedelta(minutes=1))
        deliver_due()
        past = timezone.now() - datetime.timedelta(seconds=1)
        make_due(expires_at=past)
        assert deliver_due() == {Status.EXPIRED: 1}
        row.refresh_from_db()
        assert (row.status, row.attempts) == (Status.EXPIRED, 1)

    def test_of_the_first_message_hold_back_those_behind_it(self, away: Site) -> None:
        for text in ("a", "b", "c"):
            queue(text)
        scheduled = timezone.now() + datetime.timedelta(days=1)
        queue("scheduled", send_at=scheduled)
        deliver_due()
        first, *behind = OutboxMessage.objects.order_by("pk").values_list("send_at", flat=True)[:3]
        # They are due when it is, not before: no claim has to look at them until then.
        assert first > timezone.now()
        assert behind == pytest.approx([first, first], abs=datetime.timedelta(seconds=1))
        assert all(moment <= first for moment in behind)
        last = OutboxMessage.objects.order_by("pk").last()
        assert last is not None
        assert last.send_at == scheduled


def test_a_bug_in_one_message_ends_that_message_with_its_traceback(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = queue("bad"), queue("good", uuid="mei")
    envelope: Any = OutboxMessage.envelope

    def broken(self: OutboxMessage) -> Any:
        if self.pk == bad.pk:
            raise ZeroDivisionError("a bug")
        return envelope.fget(self)

    monkeypatch.setattr(OutboxMessage, "envelope", property(broken))
    assert deliver_due() == {Status.FAILED: 1, Status.SENT: 1}
    bad.refresh_from_db()
    assert "ZeroDivisionError: a bug" in bad.last_error
    assert "in broken" in bad.last_error
    good.refresh_from_db()
    assert good.status == Status.SENT


class TestContent:
    def test_is_kept_once_it_is_sent(self, site: Site) -> None:
        row = queue("secret")
        deliver_due()
        row.refresh_from_db()
        assert row.message == Text("secret")

    def test_is_forgotten_then_where_the_site_wants_that(self, site: Site) -> None:
        site.delivery(KEEP_CONTENT=False)
        sent, failed = queue("secret"), queue("kept", uuid="mei")
        site.server.answer = lambda request, connection: connection.reply(
            '{"success": false}' if b"kept" in request.body else "{}"
        )
        assert deliver_due() == {Status.SENT: 1, Status.FAILED: 1}
        sent.refresh_from_db()
        failed.refresh_from_db()
        assert sent.content == ""
        assert "kept" in failed.content
