"""Who makes the calls of a bot: this thread, or several of their own."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator

from .lanes import Lane, Step

logger = logging.getLogger("joinchat_django.delivery")

#: Goes along a lane, making its calls.
Travel = Callable[[Lane], Iterator[Step]]


class Crew(ABC):
    """Takes lanes and calls along them. The steps are fetched by one other thread."""

    #: Lanes whose turn has not come.
    waiting = 0
    #: Calls that could begin at once.
    free = 1

    def __init__(self, travel: Travel) -> None:
        self._travel = travel
        self._steps: deque[Step] = deque()
        self._open = 0

    @abstractmethod
    def begin(self, lane: Lane) -> None:
        """Go along a lane, now or when its turn comes.

        Raises ``RuntimeError`` if there is no thread for it at all.
        """

    @property
    def is_idle(self) -> bool:
        """Whether every lane has been gone along, and every step fetched."""
        return not self._open and not self._steps

    def steps(self) -> list[Step]:
        """Fetch the steps that were made, in the order in which they ended."""
        return [self._steps.popleft() for _ in range(len(self._steps))]

    def take_back(self, before: float) -> int:
        """Take back lanes that were claimed before a time and have not had their turn.

        Their rows come as steps. Returns how many lanes there were.
        """
        return 0

    def close(self) -> None:  # noqa: B027
        """Return when no call is being made. The caller sees to it that none begins."""

    def _go(self, lane: Lane) -> None:
        for step in self._travel(lane):
            self._steps.append(step)


class ThisThread(Crew):
    """Makes the calls one after the other in the thread that begins them."""

    def begin(self, lane: Lane) -> None:
        self._go(lane)


class Threads(Crew):
    """Makes up to ``size`` calls at a time.

    A thread is started when there is a lane for it. ``woken`` is set when there is something to
    do for whoever fetches: no more than ``low_water`` lanes are waiting, or all are over.
    """

    def __init__(self, travel: Travel, *, size: int, woken: threading.Event) -> None:
        super().__init__(travel)
        self.low_water = 0
        self._size = size
        self._woken = woken
        self._ready: deque[Lane | None] = deque()
        self._any_ready = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:  # type: ignore[override]
        return len(self._ready)

    @property
    def free(self) -> int:  # type: ignore[override]
        return max(0, self._size - (self._open - len(self._ready)))

    def begin(self, lane: Lane) -> None:
        with self._lock:
            is_busy = self._open >= len(self._threads)
        if is_busy and len(self._threads) < self._size:
            self._start()
        with self._lock:
            self._open += 1
        self._ready.append(lane)
        self._any_ready.release()

    def take_back(self, before: float) -> int:
        count = 0
        while self._any_ready.acquire(blocking=False):
            lane = self._ready[0]
            if lane is None or lane.claimed_at >= before:
                self._any_ready.release()
                break
            self._ready.popleft()
            self._steps.append(Step(unbegun=lane.rows, is_probe=lane.is_probe))
            with self._lock:
                self._open -= 1
            count += 1
        return count

    def close(self) -> None:
        for _ in self._threads:
            self._ready.append(None)
            self._any_ready.release()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _start(self) -> None:
        # A daemon: a second Ctrl-C must not have to wait for calls in hand.
        thread = threading.Thread(target=self._work, name="joinchat-call", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._threads:
                raise
            logger.warning("No more than %s threads can be had.", len(self._threads))
        else:
            self._threads.append(thread)

    def _work(self) -> None:
        while True:
            self._any_ready.acquire()
            lane = self._ready.popleft()
            if lane is None:
                return
            if len(self._ready) == self.low_water:
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
