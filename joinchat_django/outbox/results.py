"""What becomes of those whom a bulk is meant for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from joinchat_django.delivery.outcomes import storable

#: Errors that a result keeps, and characters of each.
ERRORS_KEPT = 10
ERROR_LENGTH = 500

Fate = Literal["queued", "not_linked", "failed", "repeated", "already_queued"]


@dataclass(frozen=True)
class BulkResult:
    """How many of those given came to what.

    ``queued`` have a new row. ``not_linked`` have no active link. ``failed`` have none because
    their context or message is faulty; ``errors`` has the first ten of them, each as the user's
    primary key (or the ``Recipient``) and a text that names the field. ``repeated`` counts further
    appearances of somebody, ``already_queued`` those whose idempotency key is known.
    """

    queued: int = 0
    not_linked: int = 0
    failed: int = 0
    repeated: int = 0
    already_queued: int = 0
    errors: tuple[tuple[Any, str], ...] = ()

    @property
    def total(self) -> int:
        """How many were given, each appearance counted."""
        return self.queued + self.not_linked + self.failed + self.repeated + self.already_queued


class Written(NamedTuple):
    """How many rows a page has got, and by key for whom there can be none, and why."""

    queued: int
    failures: list[tuple[Any, str]]


class Tally:
    """Counts while a bulk runs."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._errors: list[tuple[Any, str]] = []

    def add(self, fate: Fate, number: int = 1) -> None:
        """Count some who came to this."""
        self._counts[fate] += number

    def fail(self, key: object, error: str) -> None:
        """Count one who failed, and keep why if it is among the first."""
        self.add("failed")
        if len(self._errors) < ERRORS_KEPT:
            self._errors.append((key, storable(error)[:ERROR_LENGTH]))

    @property
    def result(self) -> BulkResult:
        """The counts so far."""
        return BulkResult(**self._counts, errors=tuple(self._errors))
