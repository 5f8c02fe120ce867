"""A bot's rate is kept, whoever sends for it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from joinchat_django.delivery import throttle
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer

from .rows import Status, queue, texts

pytestmark = pytest.mark.django_db


class TestReserving:
    def test_gives_each_worker_the_time_after_the_others(self) -> None:
        waits = [throttle.reserve("default", 10, rate=5, within=60) for _ in range(3)]
        assert waits == pytest.approx([0, 2, 4], abs=1)
        assert waits[1] is not None
        assert waits[2] is not None
        assert waits[2] > waits[1] > 1

    def test_refuses_what_would_begin_too_late_and_takes_nothing_for_it(self) -> None:
        throttle.reserve("default", 100, rate=1, within=60)
        assert throttle.reserve("default", 1, rate=1, within=60) is None
        assert throttle.reserve("default", 1, rate=1, within=200) == pytest.approx(100, abs=5)

    def test_of_one_bot_leaves_another_alone(self) -> None:
        throttle.reserve("default", 100, rate=1, within=60)
        assert throttle.reserve("second", 1, rate=1, within=60) == 0


def test_a_worker_waits_for_the_turn_of_each_call(over_http: SandboxServer, settings: Any) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RATE": 1.2}
    for number in range(3):
        queue(uuid=str(number))
    # Two are claimed together, and the second one's turn is most of a second later; the worker is
    # stopped as soon as the first was made.
    assert deliver_due(stopped=lambda: bool(texts(over_http))) == {Status.SENT: 1}
    assert OutboxMessage.objects.filter(status=Status.QUEUED, claim_token="").count() == 2


@pytest.mark.thorough
def test_a_worker_waits_for_its_time_where_others_have_reserved_what_comes_first(
    over_http: SandboxServer, settings: Any
) -> None:
    # With this lease a call has to begin half a second after its claim at the latest.
    bot = settings.JOINCHAT["default"]
    settings.JOINCHAT = {"default": {**bot, "OPTIONS": {"deadline": 1}}}
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RATE": 10, "LEASE": 3.5}
    throttle.reserve("default", 10, rate=10, within=60)
    for number in range(4):
        queue(uuid=str(number))
    assert deliver_due() == {Status.SENT: 4}


def test_rows_for_which_no_time_could_be_reserved_are_given_back(
    over_http: SandboxServer, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RATE": 100}
    queue()

    def busy(*args: Any, **options: Any) -> float:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr(throttle, "reserve", busy)
        with pytest.raises(OperationalError):
            deliver_due()
    assert deliver_due() == {Status.SENT: 1}


def test_a_request_does_not_wait_for_turns_that_it_has_no_time_for(
    over_http: SandboxServer, settings: Any
) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RATE": 0.1}
    for number in range(3):
        queue(uuid=str(number))
    assert deliver_due(seconds=3) == {Status.SENT: 1}
