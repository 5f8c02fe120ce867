"""Delivery from a full queue by one process: ours against post_office's with its best threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from joinchat_django.delivery.sweep import deliver_due

from .queues import assert_sent, fill_outbox, seconds_of_post_office
from .rounds import in_turns, seconds
from .sites import Site
from .table import Line

#: Messages in a round of each contestant, and rounds.
MESSAGES, ROUNDS = 2_000, 7

#: Threads that post_office is tried with; the fastest number is its own.
THREADS = (1, 2, 4, 8, 16)

TARGETS = {"sqlite": 3.5, "postgresql": 3.2}
#: The same with more calls at a time than such a server is worth.
MANY, TARGET_WITH_MANY = 64, 3.0


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Let each deliver the same number of messages, all of them queued before."""
    number = MESSAGES // 10 if quick else MESSAGES

    def ours(concurrency: int | None) -> Callable[[], float]:
        return lambda: seconds_of_ours(number, concurrency)

    seconds_of_post_office(number, 2)  # The first run of all loads what the others have.
    tried = {threads: seconds_of_post_office(number, threads) for threads in THREADS}
    best = min(tried, key=lambda threads: tried[threads])
    found = in_turns(
        {
            "ours": ours(None),
            "ours with many": ours(MANY),
            "theirs": lambda: seconds_of_post_office(number, best),
        },
        rounds=3 if quick else ROUNDS,
    )
    rates = {name: number / taken for name, taken in found.items()}
    theirs = f"against {rates['theirs']:,.0f} (threads: {best})"
    yield Line(
        "delivery from the outbox, one process, against post_office's best",
        site.database,
        found["theirs"] / found["ours"],
        TARGETS.get(site.database, 1.0),
        detail=f"{rates['ours']:,.0f} messages a second {theirs}",
    )
    yield Line(
        f"the same with CONCURRENCY {MANY}, and no latency",
        site.database,
        found["theirs"] / found["ours with many"],
        TARGET_WITH_MANY,
        detail=f"{rates['ours with many']:,.0f} messages a second {theirs}",
    )


def seconds_of_ours(number: int, concurrency: int | None = None) -> float:
    """Return how long a sweep takes for so many queued messages, each to somebody else.

    ``concurrency`` is what the settings say by default.
    """
    fill_outbox(number)
    taken = seconds(lambda: deliver_due(concurrency=concurrency))
    assert_sent(number)
    return taken
