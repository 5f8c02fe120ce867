"""How many calls at a time are worth it, by what calls take and by what they cost."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from joinchat_django.delivery import crew_size
from joinchat_django.delivery.crew_size import FIRST, CrewSize


@dataclass
class Clock:
    """The time, and the processor time that the process has used by then."""

    now: float = 100.0
    used: float = 10.0

    def monotonic(self) -> float:
        return self.now

    def process_time(self) -> float:
        return self.used


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(crew_size, "time", clock)
    return clock


def send(size: CrewSize, clock: Clock, *, latency: float, cost: float, seconds: float) -> int:
    """Let the callers send for a while, as many as there are, and return how many there are then.

    A message costs ``cost`` seconds of the one interpreter that there is, so that callers wait for
    each other when it is busy.
    """
    end = clock.now + seconds
    owed = 0.0
    while clock.now < end:
        rate = min(size.now / (latency + cost), 1 / cost)
        owed += rate * 0.01
        clock.now += 0.01
        clock.used += rate * 0.01 * cost
        for number in range(int(owed)):
            # Now and then one gets through without waiting for the others.
            size.note(latency + cost if number % 10 == 0 else size.now / rate)
        owed -= int(owed)
        size.look(is_short=True)
    return size.now


def test_a_crew_that_only_waits_grows_to_what_the_settings_allow_in_no_time(clock: Clock) -> None:
    size = CrewSize(256)
    assert size.now == FIRST
    for _ in range(4):
        clock.now += 0.011
        size.look(is_short=True)
    assert size.now == 256
    assert not size.may_grow


def test_it_does_not_grow_while_nothing_waits_for_a_caller(clock: Clock) -> None:
    size = CrewSize(64)
    for _ in range(100):
        clock.now += 0.011
        size.look(is_short=False)
    assert size.now == FIRST


@pytest.mark.parametrize("most", [1, 16, 64])
def test_calls_that_take_no_time_are_made_by_one_or_two(clock: Clock, most: int) -> None:
    size = CrewSize(most)
    assert send(size, clock, latency=0.00005, cost=0.0003, seconds=2) <= 2


@pytest.mark.parametrize(
    ("latency", "least"),
    [(0.1, 64), (0.02, 64), (0.005, 17), (0.002, 7)],
)
def test_latency_wants_as_many_as_keep_the_interpreter_busy(
    clock: Clock, latency: float, least: int
) -> None:
    assert send(CrewSize(64), clock, latency=latency, cost=0.0003, seconds=2) >= least


def test_it_follows_a_latency_that_goes_and_comes_back(clock: Clock) -> None:
    size = CrewSize(64)
    assert send(size, clock, latency=0.1, cost=0.0003, seconds=1) == 64
    assert send(size, clock, latency=0.00005, cost=0.0003, seconds=3) <= 2
    assert send(size, clock, latency=0.1, cost=0.0003, seconds=1) == 64


def test_a_few_quick_calls_among_slow_ones_do_not_keep_it_small(clock: Clock) -> None:
    size = CrewSize(64)
    for _ in range(300):
        clock.now += 0.01
        clock.used += 0.0005
        size.note(0.0005)
        size.note(0.5)
        size.look(is_short=True)
    assert size.now == 64
