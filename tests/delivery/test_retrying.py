"""When a message is tried again: later and later, a little by chance, and not for ever."""

from __future__ import annotations

import pytest

from joinchat_django.delivery.retrying import ExponentialInterval, Jitter, RetryPolicy


def test_waits_grow_up_to_the_longest() -> None:
    interval = ExponentialInterval(first=10, factor=3, longest=1000)
    assert [interval.after(n) for n in (1, 2, 3, 4, 5, 6, 1000)] == [
        10,
        30,
        90,
        270,
        810,
        1000,
        1000,
    ]


def test_jitter_stays_within_its_share_and_spreads() -> None:
    waits = {Jitter(0.2).spread(100) for _ in range(200)}
    assert len(waits) > 100
    assert all(80 <= wait <= 120 for wait in waits)


def test_the_last_attempt_is_the_last() -> None:
    policy = RetryPolicy(max_attempts=3)
    assert policy.wait(2) is not None
    assert policy.wait(3) is None


def test_the_servers_wish_is_the_least_wait() -> None:
    policy = RetryPolicy(interval=ExponentialInterval(first=10), jitter=Jitter(0))
    assert policy.wait(1, retry_after=500) == 500
    assert policy.wait(1, retry_after=1) == pytest.approx(10)
