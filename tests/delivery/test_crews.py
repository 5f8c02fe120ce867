"""Calls side by side: as many as there are threads, and of one person's never two together."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from types import SimpleNamespace
from typing import Any

import pytest

from joinchat_django.delivery import bot_sweep, claims
from joinchat_django.delivery.crews import Threads
from joinchat_django.delivery.lanes import Lane, Step
from joinchat_django.delivery.sweep import SETTLE_EVERY, deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer
from tests.servers import PATIENCE, Connection, LoopbackServer, Request
from tests.waiting import wait_until

from .rows import Status, queue

pytestmark = pytest.mark.django_db


@pytest.mark.thorough
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
    before = takewhile(lambda counts: Status.QUEUED not in counts, settled)
    assert sum(before, Counter()) == {Status.SENT: 20}
    assert sum(settled, Counter()) == {Status.SENT: 20, Status.QUEUED: 2}


class TestSideBySide:
    def test_as_many_calls_are_made_at_a_time_as_the_settings_say(self, settings: Any) -> None:
        together = threading.Barrier(4)

        def answer(request: Request, connection: Connection) -> None:
            together.wait(timeout=10)
            connection.reply("{}")

        with LoopbackServer(answer) as server:
            settings.JOINCHAT = {"default": server.bot}
            settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 4}
            for number in range(12):
                queue(uuid=str(number))
            assert deliver_due() == {Status.SENT: 12}
            # Kept open, one for each thread.
            assert len(server.connections) == 4

    @pytest.mark.thorough
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
            settings.JOINCHAT = {"default": server.bot}
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
        self,
        over_http: SandboxServer,
        monkeypatch: pytest.MonkeyPatch,
        django_assert_max_num_queries: Any,
    ) -> None:
        # What is done every so often is more on a slow machine, and says nothing of a message.
        monkeypatch.setattr("joinchat_django.delivery.sweep.SETTLE_EVERY", 60)
        monkeypatch.setattr("joinchat_django.delivery.bot_sweep.LOOK_EVERY", 60)
        for number in range(100):
            queue(uuid=str(number))
        with django_assert_max_num_queries(60):
            assert deliver_due(concurrency=50) == {Status.SENT: 100}

    def test_results_are_written_down_in_groups(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answer(request: Request, connection: Connection) -> None:
            time.sleep(0.005)
            connection.reply("{}")

        def claim(*args: Any, **options: Any) -> list[OutboxMessage]:
            claimed.append(claims.claim(*args, **options))
            return claimed[-1]

        claimed: list[list[OutboxMessage]] = []
        settled: list[Counter[str]] = []
        monkeypatch.setattr(
            bot_sweep, "claims", SimpleNamespace(**{**vars(claims), "claim": claim})
        )
        with LoopbackServer(answer) as server:
            settings.JOINCHAT = {"default": server.bot}
            settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 2}
            for number in range(200):
                queue(uuid=str(number))
            begun = time.monotonic()
            assert deliver_due(progress=settled.append) == {Status.SENT: 200}
            seconds = time.monotonic() - begun
        # With each claim, every tenth of a second, and at the end.
        assert len(settled) <= len(list(filter(None, claimed))) + seconds / SETTLE_EVERY + 2

    def test_what_may_be_the_bots_fault_is_not_kept_for_its_group(
        self, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answer(request: Request, connection: Connection) -> None:
            time.sleep(0.02)
            connection.reply('{"success": false, "error": "no such page"}')

        monkeypatch.setattr("joinchat_django.delivery.sweep.SETTLE_EVERY", 60)
        # All are claimed at once: the next claim would have results written down.
        monkeypatch.setattr("joinchat_django.delivery.bot_sweep.AHEAD", 1000)
        with LoopbackServer(answer) as server:
            settings.JOINCHAT = {"default": server.bot}
            settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 64}
            for number in range(300):
                queue(uuid=str(number))
            deliver_due(concurrency=1)
            # Five in a row are the bot's fault. A few more begin while that is written down.
            assert len(server.requests) < 40
        assert OutboxMessage.objects.filter(status=Status.QUEUED).count() == 300


def test_what_a_slow_claim_took_is_not_given_back_for_that(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def claim(*args: Any, **options: Any) -> list[OutboxMessage]:
        claimed = real_claim(*args, **options)
        time.sleep(0.3)
        return claimed

    real_claim, real_give_back = claims.claim, claims.give_back
    given_back: list[OutboxMessage] = []
    monkeypatch.setattr(bot_sweep, "TOO_LONG", 0.25)
    monkeypatch.setattr(claims, "claim", claim)
    monkeypatch.setattr(
        claims, "give_back", lambda rows: real_give_back(given_back.extend(rows) or rows)
    )
    for number in range(4):
        queue(uuid=str(number))
    assert deliver_due(concurrency=1, stopped=lambda: bool(given_back)) == {Status.SENT: 4}
    assert not given_back


def test_threads_leave_when_fewer_are_worth_it() -> None:
    together = threading.Barrier(4)

    def go(lane: Lane) -> Iterator[Step]:
        together.wait(timeout=10)
        yield Step()

    crew = Threads(go, most=4, woken=threading.Event())
    try:
        crew._size.now = 4
        for _ in range(4):
            crew.begin(Lane([], 0.0, 0.0))
        wait_until(lambda: crew.results == 4)
        crew._size.now = 1
        together = threading.Barrier(1)
        for _ in range(4):
            crew.begin(Lane([], 0.0, 0.0))
        wait_until(lambda: crew.results == 8)
        wait_until(lambda: len(crew._threads) == 1)
    finally:
        crew.close()
    assert crew.results == 8


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


@pytest.mark.thorough
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
        settings.JOINCHAT = {"default": server.bot}
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 4}
        for number in range(400):
            queue(uuid=str(number))
        assert deliver_due(stopped=is_held_little) == {Status.SENT: 400}
    # While the server hung, only the four calls in hand were held, and a row or two in reserve.
    assert all(in_time)
