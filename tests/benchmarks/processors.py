"""How busy the machine's processors are, all of its processes together."""

from __future__ import annotations

import os
from pathlib import Path


class BusyProcessors:
    """Measures for as long as it is entered; ``busy`` is how many processors were, on average.

    By the kernel's own count, so on Linux alone: elsewhere it is not a number.
    """

    busy = float("nan")

    def __enter__(self) -> BusyProcessors:
        self._begun = _ticks()
        return self

    def __exit__(self, *error: object) -> None:
        (idle, every), (idle_before, every_before) = _ticks(), self._begun
        if passed := every - every_before:
            self.busy = (os.cpu_count() or 1) * (1 - (idle - idle_before) / passed)


def _ticks() -> tuple[int, int]:
    """Return what the processors have idled, and all, since the machine was started."""
    try:
        first = Path("/proc/stat").read_text().partition("\n")[0]
    except OSError:
        return 0, 0
    ticks = [int(word) for word in first.split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)
