"""A claim of 500 rows: from a large outbox, with stale statistics, behind what has to wait."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from django.db import connections

from joinchat_django.delivery import claims
from joinchat_django.models import OutboxMessage

from .large_outboxes import Rows, analyse, another, choose, fill, run
from .rounds import in_turns, seconds
from .sites import Site
from .table import Line

LIMIT = 500

#: Claims after which their rows are given back: one finds others than the one before.
HELD = 10

ROUNDS = 30


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Yield the lines of a database: those of MariaDB are about the size of the outbox alone."""
    many = 100_000 if quick else 1_000_000
    fill("default", Rows(10_000))
    analyse("default")
    with contextlib.ExitStack() as stack:
        large = stack.enter_context(another("large"))
        if site.database == "mariadb":
            fill(large, Rows(many))
            analyse(large)
            yield _size(site, large, f"{many:,} waiting", 1.5)
            return
        fill(large, Rows(many, "sent"))
        analyse(large)
        early = _statistics(large)
        fill(large, Rows(many))
        if site.database == "postgresql":
            stale = {"stale": Claimant(stack.enter_context(another("stale", copy_of=large)))}
            analysed = Claimant(large)
        analyse(large)
        if site.database == "sqlite":
            stale = {
                "those of before": Claimant(large, before=partial(_set, large, early)),
                "none": Claimant(large, before=partial(_set, large, [])),
            }
            analysed = Claimant(large, before=partial(_set, large, _statistics(large)))
        yield from _stale(site, analysed, stale)
        if site.database == "sqlite":
            analyse(large)
        yield _size(site, large, f"{many:,} waiting and as many sent", 1.25)
        yield _blocked(site, large)


class Claimant:
    """Claims rows of a bot from one database, each time others, and gives them back in the end.

    ``before`` is called before each claim and takes no part in its time.
    """

    def __init__(
        self, alias: str, *, bot: str = "default", before: Callable[[], object] | None = None
    ) -> None:
        self._alias = alias
        self._bot = bot
        self._before = before
        self._held: list[OutboxMessage] = []

    def __call__(self) -> float:
        """Return how many seconds a claim took."""
        choose(self._alias)
        if self._before:
            self._before()
        took = seconds(self._claim)
        if len(self._held) == HELD * LIMIT:
            self.close()
        return took

    def close(self) -> None:
        """Give back what is held."""
        choose(self._alias)
        for start in range(0, len(self._held), LIMIT):
            claims.give_back(self._held[start : start + LIMIT])
        self._held.clear()

    def _claim(self) -> None:
        found = claims.claim(self._bot, limit=LIMIT, lease=3600)
        assert len(found) == LIMIT
        self._held += found


def _times(claimants: Mapping[str, Claimant]) -> dict[str, float]:
    """Return the milliseconds of a claim."""
    found = in_turns(claimants, rounds=ROUNDS)
    for claimant in claimants.values():
        claimant.close()
    return {name: 1000 * took for name, took in found.items()}


def _size(site: Site, large: str, what: str, target: float) -> Line:
    took = _times({"small": Claimant("default"), "large": Claimant(large)})
    return _line(site, f"claim of {LIMIT}, {what}, against 10,000", took, target)


def _stale(site: Site, analysed: Claimant, stale: Mapping[str, Claimant]) -> Iterator[Line]:
    took = _times({"analysed": analysed, **stale})
    for name in stale:
        measure = f"claim of {LIMIT}, statistics: {name}, against analysed"
        yield _line(site, measure, {"analysed": took["analysed"], name: took[name]}, 1.5)


def _blocked(site: Site, large: str) -> Line:
    """Compare claims of bots with so many followers of rows being sent at the front."""
    bots = {0: "free", 1_000: "thousand", 10_000: "ten thousand"}
    for followers, bot in bots.items():
        fill(large, Rows(10_000, bot=bot, first=5_000_001))
        if followers:
            fill(large, Rows(followers, "sending", bot=bot, early=True))
            fill(large, Rows(followers, bot=bot, early=True))
    analyse(large)
    took = _times({f"{count:,} blocked": Claimant(large, bot=bot) for count, bot in bots.items()})
    return _line(site, f"claim of {LIMIT}, 1,000 blocked followers, against none", took, 2.0)


def _line(site: Site, measure: str, took: dict[str, float], target: float) -> Line:
    base, measured, *_more = took.values()
    detail = ", ".join(f"{name} {ms:.1f} ms" for name, ms in took.items())
    return Line(measure, site.database, measured / base, target, at_most=True, detail=detail)


def _statistics(alias: str) -> list[Any]:
    """Return what SQLite's planner knows of all tables."""
    if connections[alias].vendor != "sqlite":
        return []
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT tbl, idx, stat FROM sqlite_stat1")
        return list(cursor.fetchall())


def _set(alias: str, statistics: list[Any]) -> None:
    """Have SQLite plan by some statistics."""
    with connections[alias].cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.executemany("INSERT INTO sqlite_stat1 VALUES (%s, %s, %s)", statistics)
    run(alias, "ANALYZE sqlite_schema")
