"""Waiting for what takes its time: on a condition, and never for ever."""

from __future__ import annotations

import time
from collections.abc import Callable

#: Seconds after which a test gives up waiting, far more than any of them needs.
PATIENCE = 60.0


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until something is the case; fail if it never is."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "Waited too long."
        time.sleep(0.02)
