"""Who makes the calls of a bot: this thread, or several of their own."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator
from queue import SimpleQueue

from .lanes import Lane, Step

logger = logging.getLogger("joinchat_django.delivery")

#: Goes along a lane, making its calls.
Travel = Callable[[Lane], Iterator[Step]]


class Crew(ABC):
    """Takes lanes and calls along them. What it is done with is fetched by one other thread."""

    def __init__(self, travel: Travel) -> None:
        self._travel = travel
        self._steps: deque[Step] = deque()
        self._open = 0

    @abstractmethod
    def begin(self, lane: Lane) -> None:
        """Go along a lane, now or when its turn comes."""

    @property
    @abstractmethod
    def waiting(self) -> int:
        """Lanes whose turn has not come."""

    @property
    def is_idle(self) -> bool:
        """Whether every lane has been gone along, and every step fetched."""
        return not self._open and not self._steps

    def steps(self) -> list[Step]:
        """Fetch the steps that were made, in the order in which they ended."""
        return [self._steps.popleft() for _ in range(len(self._steps))]

    def close(self) -> None:  # noqa: B027
        """Return when no call is being made. The caller sees to it that none begins."""

    def _go(self, lane: Lane) -> None:
        for step in self._travel(lane):
            self._steps.append(step)


class ThisThread(Crew):
    """Makes the calls one after the other in the thread that begins them."""

    waiting = 0

    def begin(self, lane: Lane) -> None:
        self._go(lane)


class Threads(Crew):
    """Makes up to ``size`` calls at a time.

    A thread is started when there is a lane for it. ``woken`` is set when there is something to
    do for whoever fetches: fewer than ``low_water`` lanes are waiting, or all are over.
    """

    def __init__(
        self, travel: Travel, *, size: int, low_water: int, woken: threading.Event
    ) -> None:
        super().__init__(travel)
        self._size = size
        self._low_water = low_water
        self._woken = woken
        self._ready: SimpleQueue[Lane | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:
        return self._ready.qsize()

    def begin(self, lane: Lane) -> None:
        with self._lock:
            self._open += 1
            is_busy = self._open > len(self._threads)
        self._ready.put(lane)
        if is_busy and len(self._threads) < self._size:
            # A daemon: a second Ctrl-C must not have to wait for calls in hand.
            thread = threading.Thread(target=self._work, name="joinchat-call", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        for _ in self._threads:
            self._ready.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _work(self) -> None:
        while (lane := self._ready.get()) is not None:
            if self._ready.qsize() == self._low_water:
                self._woken.set()
            try:
                self._go(lane)
            except BaseException:
                # Not a message's fault, which is a settlement. The rows' lease will run out.
                logger.exception("A thread that makes calls has failed.")
            with self._lock:
                self._open -= 1
                is_idle = not self._open
            if is_idle:
                self._woken.set()
