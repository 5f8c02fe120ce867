"""Somebody else at the same time: a thread that has database connections of its own."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import connection, connections

from .waiting import PATIENCE

T = TypeVar("T")


def begin(run: Callable[[], T]) -> Future[T]:
    """Run a function in a thread of its own. ``result(PATIENCE)`` waits for it, and for its error.

    Its connections are closed by then.
    """

    def run_and_hang_up() -> T:
        try:
            return run()
        finally:
            hang_up()

    pool = ThreadPoolExecutor(1)
    begun = pool.submit(run_and_hang_up)
    pool.shutdown(wait=False)
    return begun


def meanwhile(run: Callable[[], T]) -> T:
    """Run a function in a thread of its own to its end, and return what it returns."""
    return begin(run).result(PATIENCE)


def together(*steps: Callable[[], Any]) -> list[Any]:
    """Do some things at the same moment; return what each of them returned or raised."""
    gate = threading.Barrier(len(steps))

    def do(step: Callable[[], Any]) -> Any:
        gate.wait(PATIENCE)
        return step()

    begun = [begin(functools.partial(do, step)) for step in steps]
    return [one.exception(PATIENCE) or one.result() for one in begun]


def hang_up() -> None:
    """Close this thread's connections; Django keeps one to a database in memory open."""
    connections.close_all()
    if connection.connection is not None:
        connection.connection.close()
