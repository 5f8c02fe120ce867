"""Two worker processes against one, on the same queue, each side with its best concurrency.

All share the machine: the workers, the database and the server that is called. How many of its
processors are busy with one worker says how much is left for a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from .processors import BusyProcessors
from .queues import assert_sent, fill_outbox
from .rounds import in_turns, seconds
from .sites import Site
from .table import Line

#: Messages in a round of each contestant, and rounds.
MESSAGES, ROUNDS = 6_000, 5

#: Calls at a time that each side is tried with.
CONCURRENCIES = (1, 2, 16)

TARGET = 1.75


class Worker:
    """A process that delivers what is due whenever it is told to, and is warm by then."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, concurrency: int) -> None:
        """Have it deliver, with so many calls at a time."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{concurrency}\n")
        self._process.stdin.flush()

    def wait(self) -> None:
        """Return when nothing was due any more."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), "A worker has ended."

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Let one process, and two at once, deliver the same number of queued messages."""
    number = MESSAGES // 10 if quick else MESSAGES
    workers = [Worker(), Worker()]
    try:
        sides = {1: workers[:1], 2: workers}
        for side in sides.values():
            _seconds_of(side, number, 1)
        best: dict[int, int] = {}
        for count, side in sides.items():
            tried = {each: _seconds_of(side, number, each) for each in CONCURRENCIES}
            best[count] = min(tried, key=lambda each, tried=tried: tried[each])  # type: ignore[misc]
        busy: dict[int, list[float]] = defaultdict(list)
        found = in_turns(
            {
                "one": lambda: _seconds_of(sides[1], number, best[1], busy[1]),
                "two": lambda: _seconds_of(sides[2], number, best[2], busy[2]),
            },
            rounds=2 if quick else ROUNDS,
            warm_up=False,
        )
    finally:
        for worker in workers:
            worker.close()
    yield Line(
        "two worker processes against one",
        site.database,
        found["one"] / found["two"],
        TARGET,
        detail=f"{number / found['two']:,.0f} messages a second against "
        f"{number / found['one']:,.0f} (CONCURRENCY {best[2]} and {best[1]}); of "
        f"{os.cpu_count()} processors {median(busy[2]):.2f} and {median(busy[1]):.2f} are busy",
    )


def _seconds_of(
    workers: Sequence[Worker], number: int, concurrency: int, busy: list[float] | None = None
) -> float:
    """Return how long some workers take, and add how many processors were busy meanwhile."""
    fill_outbox(number)

    def run() -> None:
        for worker in workers:
            worker.begin(concurrency)
        for worker in workers:
            worker.wait()

    with BusyProcessors() as processors:
        taken = seconds(run)
    if busy is not None:
        busy.append(processors.busy)
    assert_sent(number)
    return taken
