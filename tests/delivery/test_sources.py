"""Delivery asks its sources for more while it works, and none of them can harm it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator

import pytest
from django.db import OperationalError

from joinchat_django.api import Envelope
from joinchat_django.backends.locmem import Delivered, LocMemBackend
from joinchat_django.delivery import sources
from joinchat_django.delivery.sweep import deliver_due
from tests.waiting import wait_until

from .calls import before_each_call
from .rows import Status, queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]

Asked = list[tuple[list[str], float | None]]


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Asked]]:
    """Registers a source with so many messages, one at a time; returns how it was asked."""
    monkeypatch.setattr(sources, "_sources", {})

    def register(messages: int) -> Asked:
        asked: Asked = []

        def give(bots: Collection[str], end: float | None) -> bool:
            asked.append((list(bots), end))
            if len(asked) > messages:
                return False
            queue(f"{len(asked)}", uuid=f"{len(asked)}")
            return True

        sources.register("test", give)
        return asked

    return register


def test_a_sweep_ends_when_no_source_has_any_more(
    source: Callable[[int], Asked], delivered: list[Delivered]
) -> None:
    asked = source(4)
    queue()
    assert deliver_due() == {Status.SENT: 5}
    assert len(delivered) == 5
    assert len(asked) == 5


def test_an_idle_sweep_asks_once(source: Callable[[int], Asked]) -> None:
    asked = source(0)
    assert deliver_due() == {}
    assert asked == [(["default"], None)]


def test_sources_are_asked_while_calls_are_made(
    source: Callable[[int], Asked], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = source(5)

    def be_slow(envelope: Envelope) -> None:
        if envelope.recipient.value == "slow":
            wait_until(lambda: len(asked) >= 2)

    before_each_call(monkeypatch, LocMemBackend, be_slow)
    queue(uuid="slow")
    assert deliver_due() == {Status.SENT: 6}


def test_sources_are_told_whose_messages_are_wanted_and_until_when(
    source: Callable[[int], Asked], second_bot: None
) -> None:
    asked = source(1)
    begun = time.monotonic()
    deliver_due(bots=["second"], seconds=30)
    assert {tuple(bots) for bots, _end in asked} == {("second",)}
    assert all(end is not None and begun < end < begun + 30 for _bots, end in asked)


def test_a_sweep_whose_time_is_up_asks_nobody(source: Callable[[int], Asked]) -> None:
    asked = source(1)
    deliver_due(seconds=0.5)
    assert asked == []


def test_a_stopped_sweep_asks_nobody(source: Callable[[int], Asked]) -> None:
    asked = source(1)
    deliver_due(stopped=lambda: True)
    assert asked == []


@pytest.mark.parametrize("error", [RuntimeError("broken"), OperationalError("away")])
def test_a_source_that_fails_is_logged_and_stops_nobody(
    error: Exception, source: Callable[[int], Asked], caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def fail(bots: Collection[str], end: float | None) -> bool:
        asked.append("first")
        raise error

    sources.register("broken", fail)
    asked_later = source(2)
    queue()
    assert deliver_due() == {Status.SENT: 3}
    assert len(asked) == len(asked_later) == 3
    assert "source=broken" in caplog.text


def test_a_source_gives_way_to_one_of_its_name(source: Callable[[int], Asked]) -> None:
    old, new = source(1), source(1)
    deliver_due()
    assert (len(old), len(new)) == (0, 2)


def test_one_source_that_has_more_is_enough(source: Callable[[int], Asked]) -> None:
    source(3)
    sources.register("with nothing", lambda bots, end: False)
    assert deliver_due() == {Status.SENT: 3}
