"""What JoinChat says to all messages of a bot pauses the bot and costs no message anything."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django.delivery import claims, pauses, throttle
from joinchat_django.delivery.outcomes import Outcome, Settlement
from joinchat_django.delivery.pauses import Admission
from joinchat_django.delivery.settling import settle
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.sandbox.server import SandboxServer
from joinchat_django.signals import bot_paused
from tests.receiving import receiving
from tests.servers import Connection, LoopbackServer, Request, replying

from .rows import Status, make_due, queue

pytestmark = pytest.mark.django_db


def refuse_with(sandbox: SandboxServer, settings: Any) -> None:
    """Give the site a secret that is not the bot's."""
    wrong = {**settings.JOINCHAT["default"], "API_SECRET": "replaced-in-the-console"}
    settings.JOINCHAT = {"default": wrong}


class TestAWrongSecret:
    def test_pauses_the_bot_and_spends_no_attempt(
        self, over_http: SandboxServer, settings: Any
    ) -> None:
        good = settings.JOINCHAT
        row = queue("first")
        queue("second", uuid="mei")
        refuse_with(over_http, settings)
        # One call at a time: the other message never leaves.
        assert deliver_due(concurrency=1) == {Status.QUEUED: 1}
        row.refresh_from_db()
        assert (row.status, row.attempts, row.last_status) == (Status.QUEUED, 0, 401)
        state = BotState.objects.get(bot="default")
        assert state.is_paused
        assert "API_SECRET" in state.reason
        assert "replaced-in-the-console" not in state.reason + row.last_error + row.answer
        settings.JOINCHAT = good
        assert deliver_due() == {}
        BotState.objects.update(paused_until=timezone.now())
        assert deliver_due() == {Status.SENT: 2}
        state.refresh_from_db()
        assert not state.is_paused

    def test_lets_several_calls_in_hand_count_as_one_refusal(
        self, over_http: SandboxServer, settings: Any
    ) -> None:
        for number in range(16):
            queue(uuid=str(number))
        refuse_with(over_http, settings)
        deliver_due(concurrency=16)
        state = BotState.objects.get(bot="default")
        assert state.pauses == 1
        assert state.paused_until
        assert state.paused_until - timezone.now() < datetime.timedelta(seconds=40)
        assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {0}

    def test_is_probed_by_one_message_alone(self, over_http: SandboxServer, settings: Any) -> None:
        for number in range(5):
            queue(uuid=str(number))
        refuse_with(over_http, settings)
        deliver_due(concurrency=1)
        BotState.objects.update(paused_until=timezone.now())
        assert pauses.admission("default", probe_seconds=60) is Admission.PROBE
        # Nobody else gets one while it is being made.
        assert pauses.admission("default", probe_seconds=60) is Admission.CLOSED
        assert deliver_due() == {}
        pauses.give_back_probe("default")
        assert deliver_due() == {Status.QUEUED: 1}

    def test_is_probed_at_growing_intervals(self, over_http: SandboxServer, settings: Any) -> None:
        queue()
        refuse_with(over_http, settings)
        waits = []
        for _ in range(3):
            deliver_due()
            state = BotState.objects.get(bot="default")
            assert state.paused_until
            waits.append((state.paused_until - timezone.now()).total_seconds())
            BotState.objects.update(paused_until=timezone.now())
        assert waits == pytest.approx([30, 60, 120], abs=5)


class TestLikeRejectionsInARow:
    """JoinChat's other API says so in a 2xx, and a set-up that is wrong may look like that."""

    @pytest.fixture
    def server(self, settings: Any) -> Iterator[LoopbackServer]:
        with LoopbackServer(replying('{"success": false, "msg": "no such page"}')) as server:
            settings.JOINCHAT = {"default": server.bot}
            settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
            yield server

    def statuses(self) -> Counter[str]:
        return Counter(OutboxMessage.objects.values_list("status", flat=True))

    def test_pause_the_bot_at_the_fifth_and_queue_the_five_again(
        self, server: LoopbackServer
    ) -> None:
        heard: list[str] = []

        def paused(sender: Any, bot: str, reason: str, **kwargs: Any) -> None:
            heard.append(reason)

        for number in range(7):
            queue(uuid=str(number))
        with receiving(bot_paused, paused):
            deliver_due()
        assert len(server.requests) >= 5
        assert self.statuses() == {Status.QUEUED: 7}
        assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {0}
        assert heard == ["JoinChat refused the message: no such page"]
        # The probe gets the same words, and is not lost either.
        before = len(server.requests)
        BotState.objects.update(paused_until=timezone.now())
        deliver_due()
        assert len(server.requests) == before + 1
        assert self.statuses() == {Status.QUEUED: 7}
        # Once the set-up is mended, all of them go out.
        server.answer = replying('{"success": true}')
        BotState.objects.update(paused_until=timezone.now())
        make_due()
        assert deliver_due() == {Status.SENT: 7}

    def test_to_one_recipient_are_the_messages_own_fault(self, server: LoopbackServer) -> None:
        for _ in range(6):
            queue()
        assert deliver_due() == {Status.FAILED: 6}

    def test_end_with_an_accepted_message(self, server: LoopbackServer) -> None:
        for number in range(4):
            queue(uuid=str(number))
        deliver_due()
        refusing, server.answer = server.answer, replying("{}")
        queue(uuid="accepted")
        deliver_due()
        server.answer = refusing
        for number in range(4):
            queue(uuid=f"again {number}")
        deliver_due()
        assert self.statuses() == {Status.FAILED: 8, Status.SENT: 1}

    def test_in_other_words_are_another_series(self, server: LoopbackServer) -> None:
        for number in range(8):
            queue(uuid=str(number))
            server.answer = replying('{"success": false, "msg": "%d"}' % (number // 4))  # noqa: UP031
            deliver_due()
        assert self.statuses() == {Status.FAILED: 8}


class TestRecipientsWhoAreGone:
    """Five of them look like a fault of the bot, for all that anybody knows."""

    @pytest.fixture
    def server(self, settings: Any) -> Iterator[LoopbackServer]:
        def answer(request: Request, connection: Connection) -> None:
            is_gone = b"gone" in request.body
            connection.reply('{"success": false, "msg": "has left"}' if is_gone else "{}")

        with LoopbackServer(answer) as server:
            settings.JOINCHAT = {"default": server.bot}
            settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "MAX_ATTEMPTS": 3}
            for number in range(5):
                queue(uuid=f"gone {number}")
            deliver_due()
            assert BotState.objects.get().is_paused
            yield server

    def test_let_the_next_message_to_somebody_else_pass_at_the_second_probe(
        self, server: LoopbackServer
    ) -> None:
        BotState.objects.update(paused_until=timezone.now())
        deliver_due()
        good = queue(uuid="still here")
        # The one that was the probe has to wait now, and the others follow the good one.
        for _ in range(5):
            BotState.objects.update(paused_until=timezone.now())
            deliver_due()
        good.refresh_from_db()
        assert good.status == Status.SENT
        assert not BotState.objects.get().is_paused

    def test_fail_in_the_end(self, server: LoopbackServer) -> None:
        for _ in range(40):
            BotState.objects.update(paused_until=timezone.now())
            make_due()
            deliver_due()
        statuses = OutboxMessage.objects.values_list("status", "attempts")
        assert set(statuses) == {(Status.FAILED, 3)}


class TestAFlood:
    def test_pauses_the_bot_for_an_hour_at_most_and_costs_no_attempt(
        self, over_http: SandboxServer
    ) -> None:
        over_http.fail(429, share=1, retry_after=999_999_999)
        row = queue()
        queue(uuid="mei")
        assert deliver_due(concurrency=1) == {Status.QUEUED: 1}
        row.refresh_from_db()
        assert (row.attempts, row.last_status) == (0, 429)
        until = BotState.objects.get(bot="default").paused_until
        assert until
        assert until - timezone.now() < datetime.timedelta(hours=1, seconds=5)
        assert len(over_http.inbox.refused()) == 1

    def test_pauses_the_bot_for_a_moment_at_least(self, over_http: SandboxServer) -> None:
        over_http.fail(429, share=1, retry_after=0)
        queue()
        assert deliver_due() == {Status.QUEUED: 1}
        assert len(over_http.inbox.refused()) == 1


def test_a_call_that_began_before_a_pause_and_is_accepted_does_not_end_it(
    over_http: SandboxServer,
) -> None:
    queue()
    [row] = claims.claim("default", limit=1, lease=60)
    pauses.pause("default", 600, "The secret is wrong.")
    settle([Settlement(row, Outcome(Status.SENT))])
    assert BotState.objects.get(bot="default").is_paused


def test_somebodys_wish_to_pause_outlasts_what_the_server_says(over_http: SandboxServer) -> None:
    BotState.objects.create(bot="default", is_paused=True, reason="Holidays.")
    assert not pauses.pause("default", 30, "Too many requests.", by_probe=True)
    state = BotState.objects.get(bot="default")
    assert (state.paused_until, state.reason) == (None, "Holidays.")
    queue()
    assert deliver_due() == {}


def test_a_probe_that_never_left_is_somebody_elses(over_http: SandboxServer) -> None:
    pauses.pause("default", 600, "The secret is wrong.")
    past = timezone.now() - datetime.timedelta(seconds=1)
    queue("too late", expires_at=past)
    queue("in time", uuid="mei")
    BotState.objects.update(paused_until=past)
    assert deliver_due() == {Status.EXPIRED: 1, Status.SENT: 1}
    assert not BotState.objects.get(bot="default").is_paused


def test_a_probe_for_which_nothing_is_due_waits_for_the_first_message(
    over_http: SandboxServer,
) -> None:
    pauses.pause("default", 600, "The secret is wrong.")
    BotState.objects.update(paused_until=timezone.now())
    assert deliver_due() == {}
    queue()
    assert deliver_due() == {Status.SENT: 1}


def test_a_probe_that_is_given_back_is_somebody_elses(
    over_http: SandboxServer, settings: Any
) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RATE": 0.5}
    queue()
    pauses.pause("default", 600, "The secret is wrong.")
    BotState.objects.update(paused_until=timezone.now())
    throttle.reserve("default", 1, rate=0.5, within=10)
    claimed = OutboxMessage.objects.filter(status=Status.SENDING)
    assert deliver_due(stopped=claimed.exists) == {}
    assert pauses.admission("default", probe_seconds=60) is Admission.PROBE
