"""Servers that fail: never lost, never doubled unless uncertain, tried again as configured."""

from __future__ import annotations

import datetime
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django.api import Text
from joinchat_django.delivery.retrying import ExponentialInterval
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import BotState, DeliveryAttempt, OutboxMessage
from joinchat_django.sandbox.server import SandboxServer

from .rows import Status, end_pauses, make_due, queue, statuses, texts

pytestmark = pytest.mark.django_db

MESSAGES = 12

#: Seconds that a call may take: more than any machine needs, and too few for what has to time out.
PATIENT, IMPATIENT = 30, 2


class Site:
    """A site that has queued some messages for a JoinChat which a fault spoils at first."""

    def __init__(self, joinchat: SandboxServer, settings: Any) -> None:
        self.joinchat = joinchat
        self.settings = settings
        self.deadline(PATIENT)
        self.delivery()

    def deadline(self, seconds: float) -> None:
        bot = self.settings.JOINCHAT["default"]
        options = {"proxies": {}, "deadline": seconds, "connect_timeout": PATIENT}
        self.settings.JOINCHAT = {"default": {**bot, "OPTIONS": options}}

    def delivery(self, **changes: Any) -> None:
        self.settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 8, **changes}

    def queue(self) -> None:
        for number in range(MESSAGES):
            queue(str(number), uuid=str(number % (MESSAGES // 2)))

    def recover(self) -> None:
        """Let JoinChat answer rightly from now on, and the time pass that is waited for."""
        self.joinchat.faults.clear()
        self.deadline(PATIENT)
        self.deliver_again()

    def deliver_again(self) -> None:
        """Sweep until nothing is queued any more, letting the time pass that rows wait for."""
        for _ in range(20):
            end_pauses()
            make_due()
            deliver_due()
            if not OutboxMessage.objects.filter(status=Status.QUEUED).exists():
                return
        pytest.fail("Something stays queued for ever.")

    def received(self) -> Counter[str]:
        """Count how often JoinChat was sent each message, whatever it answered."""
        _version, entries = self.joinchat.inbox.entries()
        return Counter(entry.field("message")["text"] for entry in entries)

    def in_doubt(self) -> set[str]:
        """Return the messages of which the site has noted that a call may have delivered them."""
        found = DeliveryAttempt.objects.filter(in_doubt=True).select_related("message")
        return {attempt.message.message.to_dict()["text"] for attempt in found}


@pytest.fixture
def site(over_http: SandboxServer, settings: Any) -> Site:
    return Site(over_http, settings)


CERTAINLY_NOT_DELIVERED: list[tuple[int, dict[str, Any]]] = [
    (429, {}),
    (500, {}),
    (503, {"retry_after": 120}),
]


@pytest.mark.parametrize(("status", "options"), CERTAINLY_NOT_DELIVERED)
def test_a_server_that_is_out_of_order_costs_an_attempt_and_no_message(
    site: Site, status: int, options: dict[str, Any]
) -> None:
    site.queue()
    site.joinchat.fail(status, share=1, **options)
    deliver_due()
    assert statuses() == {Status.QUEUED: MESSAGES}
    tried = OutboxMessage.objects.filter(attempts=1)
    # Behind each message that waits, the recipient's next one waits untried.
    assert tried.count() == site.received().total() == MESSAGES // 2
    site.recover()
    assert statuses() == {Status.SENT: MESSAGES}
    # Accepted once each, besides the attempts that were turned away.
    assert Counter(texts(site.joinchat)) == Counter(map(str, range(MESSAGES)))


@pytest.mark.parametrize("fault", ["slow", "cut", "drip"])
class TestACallThatEndsInDoubt:
    """A call that ends otherwise, on a machine that is busy, is none of these tests' business."""

    @pytest.fixture
    def spoilt(self, site: Site, fault: str) -> Site:
        if fault != "cut":
            site.deadline(IMPATIENT)
        latency = 600 if fault == "slow" else None
        site.joinchat.fail(fault, share=1, latency=latency)
        return site

    @pytest.mark.thorough
    def test_is_repeated(self, spoilt: Site) -> None:
        spoilt.queue()
        deliver_due()
        assert statuses() == {Status.QUEUED: MESSAGES}
        attempts = DeliveryAttempt.objects.filter(in_doubt=True)
        assert attempts.exists()
        assert all("may have been delivered" in attempt.error for attempt in attempts)
        spoilt.recover()
        assert statuses() == {Status.SENT: MESSAGES}
        arrived = Counter(texts(spoilt.joinchat))
        assert set(arrived) == set(map(str, range(MESSAGES)))
        twice = {text for text, times in arrived.items() if times > 1}
        assert twice
        # Of what is behind a recipient's first message, nothing was in doubt.
        assert twice <= spoilt.in_doubt() <= set(map(str, range(MESSAGES // 2)))

    @pytest.mark.thorough
    def test_is_left_to_a_person_where_the_site_wants_no_message_twice(self, spoilt: Site) -> None:
        spoilt.delivery(RETRY_UNCERTAIN=False)
        spoilt.queue()
        deliver_due()
        uncertain = OutboxMessage.objects.filter(status=Status.UNCERTAIN)
        left = {row.message.to_dict()["text"] for row in uncertain}
        assert left
        assert left == spoilt.in_doubt()
        spoilt.recover()
        assert uncertain.count() == len(left)
        assert statuses()[Status.SENT] == MESSAGES - len(left)
        assert set(spoilt.received().values()) == {1}


def test_an_answer_without_an_end_is_not_read_to_it_and_harms_nothing(site: Site) -> None:
    queue()
    site.joinchat.fail("endless")
    assert deliver_due() == {Status.SENT: 1}
    assert len(OutboxMessage.objects.get().answer) <= 2_000


def test_garbage_in_place_of_json_was_accepted_and_is_kept_for_the_log(site: Site) -> None:
    queue()
    site.joinchat.fail("garbage")
    assert deliver_due() == {Status.SENT: 1}
    assert "502 Bad Gateway" in OutboxMessage.objects.get().answer


def test_a_refused_connection_costs_an_attempt_and_sends_nothing(site: Site) -> None:
    site.queue()
    site.joinchat.stop()
    deliver_due()
    assert statuses() == {Status.QUEUED: MESSAGES}
    site.joinchat.start()
    site.recover()
    assert site.received() == Counter(map(str, range(MESSAGES)))


def test_a_401_for_a_while_costs_nothing_at_all(site: Site) -> None:
    site.queue()
    site.joinchat.fail(401, share=1)
    for _ in range(3):
        end_pauses()
        deliver_due()
    assert statuses() == {Status.QUEUED: MESSAGES}
    assert BotState.objects.get().is_paused
    site.recover()
    assert statuses() == {Status.SENT: MESSAGES}
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {1}


class TestAttempts:
    @pytest.fixture
    def away(self, site: Site) -> Site:
        site.joinchat.fail(500, share=1)
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
        assert len(away.joinchat.inbox.refused()) == 5

    def test_wait_at_least_as_long_as_the_server_asks(self, away: Site) -> None:
        away.joinchat.faults.clear()
        away.joinchat.fail(503, retry_after=1000)
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
        assert len(behind) == 2
        assert all(first - datetime.timedelta(seconds=1) < moment <= first for moment in behind)
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
        OutboxMessage.objects.filter(pk=failed.pk).update(tag="NO_SUCH_TAG")
        assert deliver_due() == {Status.SENT: 1, Status.FAILED: 1}
        sent.refresh_from_db()
        failed.refresh_from_db()
        assert sent.content == ""
        assert "kept" in failed.content
