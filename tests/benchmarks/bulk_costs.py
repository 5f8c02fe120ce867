"""What the rows of a bulk cost their database: the same bulk without keys' checks and indexes.

In processor time, of this process and of PostgreSQL's behind its connection, which other loads
disturb least. That is what a bulk takes, but for waiting for the disk.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import OutboxMessage

from .bulk import TEXT
from .crowds import linked_users
from .queues import empty
from .sites import Site
from .table import Line

TABLE = OutboxMessage._meta.db_table

ROUNDS = 3


def measure(site: Site, *, quick: bool) -> Iterator[Line]:
    """Take one thing after the other away from the table, and yield what share of it that was.

    Each share is of what the bulk takes with all of them. What is left in the end is the
    table with its primary key, the links that are read, and this process.
    """
    number = 10_000 if quick else 100_000
    crowd = linked_users(number)

    def bulk() -> float:
        return median(_seconds_of(crowd, number) for _ in range(1 if quick else ROUNDS))

    _seconds_of(crowd, number)  # The first one of all loads what the others have.
    whole = before = bulk()
    for name, take_away in _costs():
        take_away()
        after = bulk()
        yield _line(site, name, (before - after) / whole)
        before = after
    yield _line(
        site,
        "the table with its key, the links, and this process",
        before / whole,
        f"of {whole:.2f} s of processor time for {number:,} rows",
    )


def _seconds_of(crowd: Any, number: int) -> float:
    """Return the processor time of a bulk into an empty table."""
    empty(OutboxMessage)
    before = time.process_time() + _seconds_of_server()
    outbox.send_bulk(crowd, Text(TEXT))
    taken = time.process_time() + _seconds_of_server() - before
    assert OutboxMessage.objects.count() == number
    return taken


def _seconds_of_server() -> float:
    """Return the processor time of PostgreSQL's process behind our connection, on Linux."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _line(site: Site, name: str, share: float, detail: str = "") -> Line:
    measure = f"share of a bulk: {name}"
    return Line(measure, site.database, 100 * share, unit="%", detail=detail)


def _costs() -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield what a row costs besides itself, by name, with what takes it away."""
    if connection.vendor == "postgresql":
        keys = [name for name, kind in _constraints() if kind == "f"]
        yield "foreign keys' checks", lambda: _alter([f'DROP CONSTRAINT "{key}"' for key in keys])
        unique = [name for name, kind in _constraints() if kind == "u"]
        yield "unique keys", lambda: _alter([f'DROP CONSTRAINT "{key}"' for key in unique])
    else:
        yield "foreign keys' checks", lambda: _execute("PRAGMA foreign_keys = OFF")
    for index in OutboxMessage._meta.indexes:
        yield f"index {index.name}", lambda name=index.name: _execute(f'DROP INDEX "{name}"')  # type: ignore[misc]
    with connection.cursor() as cursor:
        left = connection.introspection.get_constraints(cursor, TABLE)
    for name, found in left.items():
        if found["index"] and found["columns"] == ["user_id"]:
            yield "index by user", lambda name=name: _execute(f'DROP INDEX "{name}"')  # type: ignore[misc]


def _constraints() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conname, contype::text FROM pg_constraint WHERE conrelid = %s::regclass",
            [TABLE],
        )
        return list(cursor.fetchall())


def _alter(changes: list[str]) -> None:
    _execute(f"ALTER TABLE {TABLE} {', '.join(changes)}")


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
