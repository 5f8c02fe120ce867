"""The wake-up at the end of a transaction."""

from __future__ import annotations

from django.db import connections

from .names import get_dispatcher


class _WakeUp:
    """What the end of a transaction calls. It knows whether it has been called."""

    def __init__(self) -> None:
        self.is_over = False

    def run(self) -> None:
        self.is_over = True
        get_dispatcher().wake()


def wake_on_commit(using: str) -> None:
    """Wake delivery once after the running transaction on a database, at once if there is none."""
    connection = connections[using]
    callbacks = [callback for _savepoints, callback, *_ in connection.run_on_commit]
    waiting = [getattr(callback, "__self__", None) for callback in callbacks]
    # One that waits stands at least as firm as a new one: it goes only with an enclosing savepoint
    # that is still open, and with that the rows written since would go as well. One that is over
    # stays in the list where a test runs callbacks itself.
    if not any(isinstance(one, _WakeUp) and not one.is_over for one in waiting):
        connection.on_commit(_WakeUp().run, robust=True)
