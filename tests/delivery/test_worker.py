"""A worker rests while nothing is due, and outlasts a database that is away."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import InternalError, OperationalError

from joinchat_django.delivery import worker
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.delivery.worker import LONGEST_REST, work
from joinchat_django.sandbox.server import SandboxServer

from .rows import Status, queue, texts

pytestmark = pytest.mark.django_db


class Patience(threading.Event):
    """Does not really wait; ``during`` happens instead, and after some rests it is set."""

    def __init__(self, rests: int) -> None:
        super().__init__()
        self.waits: list[float] = []
        self.rests = rests
        self.during: dict[int, Any] = {}

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        self.during.get(len(self.waits), lambda: None)()
        if len(self.waits) == self.rests:
            self.set()
        return self.is_set()


def test_an_idle_worker_rests_longer_and_longer_up_to_a_bound(over_http: SandboxServer) -> None:
    stop = Patience(10)
    work(stop)
    assert stop.waits[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert stop.waits[-1] == LONGEST_REST


def test_a_message_makes_it_attentive_again(over_http: SandboxServer) -> None:
    stop = Patience(8)
    stop.during[5] = queue
    settled: list[Counter[str]] = []
    work(stop, progress=settled.append)
    assert settled == [{Status.SENT: 1}]
    assert stop.waits[4] > stop.waits[5] == 0.1


def test_a_database_that_is_away_is_tried_again(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    queue()
    away = iter([True, True])

    def sweep(**options: Any) -> Counter[str]:
        if next(away, False):
            raise OperationalError("the database system is starting up")
        return deliver_due(**options)

    monkeypatch.setattr(worker, "deliver_due", sweep)
    work(Patience(4))
    assert texts(over_http) == ["Hello"]
    assert "starting up" in caplog.text


def test_a_database_that_refuses_for_a_while_ends_no_worker(
    over_http: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So says PostgreSQL while a standby takes over."""
    queue()
    refusals = iter([True])

    def sweep(**options: Any) -> Counter[str]:
        if next(refusals, False):
            raise InternalError("cannot execute UPDATE in a read-only transaction")
        return deliver_due(**options)

    monkeypatch.setattr(worker, "deliver_due", sweep)
    work(Patience(4))
    assert texts(over_http) == ["Hello"]


class TestABotThatCannotSend:
    @pytest.fixture
    def broken(self, over_http: SandboxServer, settings: Any) -> dict[str, Any]:
        good = settings.JOINCHAT["default"]
        return {"default": good, "broken": {**good, "BACKEND": "no.such.Backend"}}

    def test_ends_a_worker_that_begins(self, settings: Any, broken: dict[str, Any]) -> None:
        settings.JOINCHAT = broken
        with pytest.raises(ImproperlyConfigured, match="cannot be imported"):
            work(Patience(3))

    def test_ends_no_worker_that_works(
        self, settings: Any, broken: dict[str, Any], over_http: SandboxServer
    ) -> None:
        stop = Patience(4)

        def goes_wrong() -> None:
            settings.JOINCHAT = broken
            queue()

        stop.during[1] = goes_wrong
        work(stop)
        assert texts(over_http) == ["Hello"]


def test_a_worker_that_is_stopped_before_it_begins_touches_nothing(
    over_http: SandboxServer,
) -> None:
    queue()
    stop = threading.Event()
    stop.set()
    work(stop)
    assert texts(over_http) == []
