"""Timing contestants side by side: in turns, several rounds each, and by their medians."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from statistics import median


def seconds(run: Callable[[], object]) -> float:
    """Return how many seconds a function takes, with nothing left for the garbage collector."""
    gc.collect()
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def in_turns(
    contestants: Mapping[str, Callable[[], float]], *, rounds: int, warm_up: bool = True
) -> dict[str, float]:
    """Return each contestant's median result.

    Each is called once in every round, so that what disturbs the machine disturbs all alike, and
    every other round goes the other way round. Each returns its own figure (:func:`seconds` gives
    one), and prepares and clears up as it has to outside of what it measures. The first round, a
    further one, does not count where ``warm_up`` is set.
    """
    found: dict[str, list[float]] = {name: [] for name in contestants}
    if warm_up:
        for measure in contestants.values():
            measure()
    for number in range(rounds):
        names = list(contestants)
        for name in names if number % 2 else reversed(names):
            found[name].append(contestants[name]())
    return {name: median(figures) for name, figures in found.items()}
