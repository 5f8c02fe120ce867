"""Faults on demand: what the sandbox is told to answer instead of the truth, and how often."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

REFUSING = {
    "unauthorized": range(401, 402),
    "too_many": range(429, 430),
    "server_error": range(500, 600),
}
"""The kinds that refuse a message, and the statuses that each may answer with: its first if none
is named."""

SPOILING = ("slow", "cut", "drip", "endless", "garbage")
"""The kinds that take a good message, and then spoil the answer: nobody knows what became of it."""

KINDS = (*REFUSING, *SPOILING)

MAX_FAULTS = 100
MAX_TIMES = 1_000_000
MAX_SECONDS = 86_400
MAX_LATENCY = 600
MAX_RETRY_AFTER = 999_999_999
DEFAULT_LATENCY = 5.0

_chance = random.SystemRandom().random


@dataclass(frozen=True)
class Fault:
    """One kind of fault, and which answers it spoils.

    ``kind`` is one of ``KINDS``:

    - ``unauthorized`` answers with 401, ``too_many`` with 429, ``server_error`` with 500 or with
      the ``status`` given, 500 to 599. The message is refused. The latter two may send
      ``retry_after``, whole seconds up to ``MAX_RETRY_AFTER``, as ``Retry-After``.
    - ``slow`` answers rightly after ``latency`` seconds, at most ``MAX_LATENCY``, by default
      ``DEFAULT_LATENCY``.
    - ``cut`` ends the connection in the middle of the answer, ``drip`` sends it a byte at a time,
      ``endless`` never comes to its end, ``garbage`` answers 200 with what is no JSON.

    It spoils ``times`` answers at most (up to ``MAX_TIMES``), or a ``share`` of them (more than 0,
    at most 1), or all for ``seconds`` (at most ``MAX_SECONDS``), in real time, from when it is
    added. Given together, each narrows the others: a tenth of the answers, for a minute. With none
    of the three it spoils the next answer alone; with a share alone, it lasts until it is cleared.

    Raises ``ValueError``, which names each field that is wrong, and its limits.
    """

    kind: str
    status: int | None = None
    times: int | None = None
    share: float | None = None
    seconds: float | None = None
    retry_after: int | None = None
    latency: float | None = None

    def __post_init__(self) -> None:
        wrong = list(self._wrong())
        if wrong:
            raise ValueError("; ".join(wrong))

    @classmethod
    def of(cls, kind_or_status: str | int, **options: Any) -> Fault:
        """Return the fault of this kind, or the one that answers with this HTTP status."""
        if isinstance(kind_or_status, str):
            return cls(kind_or_status, **options)
        for kind, statuses in REFUSING.items():
            if kind_or_status in statuses:
                return cls(kind, status=kind_or_status, **options)
        raise ValueError(f"status: must be 401, 429 or 500 to 599, found {kind_or_status!r:.60}")

    @property
    def refusal(self) -> int | None:
        """The HTTP status that a message is refused with; None if the message is taken."""
        statuses = REFUSING.get(self.kind)
        return None if statuses is None else self.status or statuses[0]

    @property
    def patience(self) -> float:
        """Seconds that a ``slow`` answer takes."""
        return DEFAULT_LATENCY if self.latency is None else self.latency

    def __str__(self) -> str:
        """Say in words what becomes of the answer."""
        if self.refusal is not None:
            asked = "" if self.retry_after is None else f", Retry-After: {self.retry_after}"
            return f"answered with {self.refusal}{asked}"
        return {
            "slow": f"answered after {self.patience:g} s",
            "cut": "cut off in the middle of the answer",
            "drip": "answered a byte at a time",
            "endless": "answered without an end",
            "garbage": "answered with what is no JSON",
        }[self.kind]

    def _wrong(self) -> Iterator[str]:
        if self.kind not in KINDS:
            yield f"kind: must be one of {', '.join(KINDS)}, found {self.kind!r:.60}"
            return
        yield from _unless_whole("times", self.times, 1, MAX_TIMES)
        yield from _unless_positive("share", self.share, 1)
        yield from _unless_positive("seconds", self.seconds, MAX_SECONDS)
        yield from self._wrong_status()
        if self.kind in ("too_many", "server_error"):
            yield from _unless_whole("retry_after", self.retry_after, 0, MAX_RETRY_AFTER)
        elif self.retry_after is not None:
            yield "retry_after: only with too_many or server_error"
        if self.kind == "slow":
            yield from _unless_positive("latency", self.latency, MAX_LATENCY)
        elif self.latency is not None:
            yield "latency: only with slow"

    def _wrong_status(self) -> Iterator[str]:
        if self.status is None:
            return
        statuses = REFUSING.get(self.kind)
        if statuses is None:
            yield f"status: not with {self.kind}, which takes the message"
        elif type(self.status) is not int or self.status not in statuses:
            allowed = f"{statuses[0]} to {statuses[-1]}" if len(statuses) > 1 else statuses[0]
            yield f"status: must be {allowed} with {self.kind}, found {self.status!r:.60}"


@dataclass(frozen=True)
class ActiveFault:
    """A fault in force and what is left of it; None where nothing limits it."""

    fault: Fault
    times_left: int | None
    seconds_left: float | None


class Faults:
    """The faults in force, ``MAX_FAULTS`` at most. Thread-safe.

    Earlier ones come first; what a share leaves over is for those after it, so that shares add up.
    ``chance`` returns a number from 0 up to, but not including, 1.
    """

    def __init__(self, chance: Callable[[], float] = _chance) -> None:
        self._chance = chance
        self._lock = threading.Lock()
        self._running: list[_Running] = []

    def add(self, fault: Fault) -> None:
        """Put a fault in force. Raises ``ValueError`` when there are too many already."""
        with self._lock:
            self._forget_ended()
            if len(self._running) >= MAX_FAULTS:
                raise ValueError(
                    f"At most {MAX_FAULTS} faults are in force together: clear them first."
                )
            self._running.append(_Running(fault))

    def take(self) -> Fault | None:
        """Return the fault that the next answer suffers from, and count it; None for no fault."""
        with self._lock:
            self._forget_ended()
            drawn = self._chance() if self._running else 0.0
            for running in self._running:
                share = 1.0 if running.fault.share is None else running.fault.share
                if drawn < share:
                    running.count()
                    return running.fault
                drawn -= share
            return None

    def clear(self) -> int:
        """End all faults, and return how many there were."""
        with self._lock:
            self._forget_ended()
            ended = len(self._running)
            self._running.clear()
            return ended

    def active(self) -> list[ActiveFault]:
        """Return the faults in force, in the order in which they were added."""
        with self._lock:
            self._forget_ended()
            return [running.shown() for running in self._running]

    def _forget_ended(self) -> None:
        self._running = [running for running in self._running if not running.has_ended()]


class _Running:
    """A fault with its countdowns."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        self._times_left = fault.times
        if all(limit is None for limit in (fault.times, fault.share, fault.seconds)):
            self._times_left = 1
        self._until = None if fault.seconds is None else time.monotonic() + fault.seconds

    def count(self) -> None:
        if self._times_left is not None:
            self._times_left -= 1

    def has_ended(self) -> bool:
        return self._times_left == 0 or (
            self._until is not None and time.monotonic() >= self._until
        )

    def shown(self) -> ActiveFault:
        left = None if self._until is None else max(0.0, self._until - time.monotonic())
        return ActiveFault(self.fault, self._times_left, left)


def _unless_whole(name: str, value: object, least: int, most: int) -> Iterator[str]:
    if value is None or (type(value) is int and least <= value <= most):
        return
    yield f"{name}: must be a whole number, {least} to {most}, found {value!r:.60}"


def _unless_positive(name: str, value: float | None, most: float) -> Iterator[str]:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if value is None or (is_number and 0 < value <= most):
        return
    yield f"{name}: must be a number, more than 0 and at most {most}, found {value!r:.60}"
