"""Where a bot's rate is limited, each call waits for its turn."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from joinchat_django.delivery import turns
from joinchat_django.delivery.turns import Turns


class Halted(threading.Event):
    """Takes note of how long somebody would wait."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0.0)
        return False


def test_a_turn_that_comes_late_does_not_bring_the_next_one_forward(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 100.0
    monkeypatch.setattr(turns, "time", SimpleNamespace(monotonic=lambda: now))
    halted = Halted()
    some = Turns("default", rate=2, end=None, spare=0, halted=halted)
    long_ago = now - 60
    assert some.wait_for(long_ago)
    assert halted.waits == []
    assert some.wait_for(long_ago)
    assert some.wait_for(long_ago)
    assert halted.waits == [0.5, 1.0]
