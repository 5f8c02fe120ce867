"""Who makes the calls of a bot: this thread, or several of their own."""

from __future__ import annotations

import logging
import queue
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterator

from .crew_size import CrewSize
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
    #: Calls that are made at a time, as it looks now.
    size = 1
    #: Whether :meth:`adjust` may be of use before long.
    may_grow = False

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

    @property
    def results(self) -> int:
        """How many steps there are to fetch."""
        return len(self._steps)

    @property
    def has_ended(self) -> bool:
        """Whether every lane has been gone along, and there are steps to fetch."""
        return not self._open and bool(self._steps)

    def adjust(self) -> None:  # noqa: B027
        """Have more callers, or fewer, if that is worth it now."""

    def steps(self) -> list[Step]:
        """Fetch the steps that were made, in the order in which they ended."""
        return [self._steps.popleft() for _ in range(len(self._steps))]

    def take_back(self, before: float) -> int:
        """Take back lanes that were ready before a time and have not had their turn.

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
    """Makes up to ``most`` calls at a time, and as many as are worth it.

    A thread is started when there is a lane for it. ``woken`` is set when there is something to
    do for whoever fetches: no more than ``low_water`` lanes are waiting, or all are over.
    """

    def __init__(self, travel: Travel, *, most: int, woken: threading.Event) -> None:
        super().__init__(travel)
        self.low_water = 0
        self._size = CrewSize(most)
        self._woken = woken
        self._ready: deque[Lane | None] = deque()
        #: One for each that is ready: whoever takes one may take the other.
        self._tickets: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._threads: set[threading.Thread] = set()
        self._open = 0
        self._lock = threading.Lock()

    @property
    def waiting(self) -> int:  # type: ignore[override]
        return len(self._ready)

    @property
    def free(self) -> int:  # type: ignore[override]
        return max(0, self._size.most - (self._open - len(self._ready)))

    @property
    def size(self) -> int:  # type: ignore[override]
        return self._size.now

    @property
    def may_grow(self) -> bool:  # type: ignore[override]
        return bool(self._ready) and self._size.may_grow

    def begin(self, lane: Lane) -> None:
        with self._lock:
            is_busy = self._open >= len(self._threads)
        if is_busy and len(self._threads) < self._size.now:
            self._start()
        with self._lock:
            self._open += 1
        self._ready.append(lane)
        self._tickets.put(None)

    def note(self, took: float) -> None:
        """Take note of how many seconds a call took."""
        self._size.note(took)

    def adjust(self) -> None:
        # Those beyond the size leave by themselves.
        is_short = bool(self._ready) and len(self._threads) >= self._size.now
        size = self._size.look(is_short=is_short)
        for _ in range(min(size - len(self._threads), len(self._ready))):
            self._start()

    def take_back(self, before: float) -> int:
        count = 0
        while self._may_take():
            lane = self._ready[0]
            if lane is None or lane.ready_at >= before:
                self._tickets.put(None)
                break
            self._ready.popleft()
            self._steps.append(Step(unbegun=lane.rows, is_probe=lane.is_probe))
            with self._lock:
                self._open -= 1
            count += 1
        return count

    def close(self) -> None:
        threads = list(self._threads)
        for _ in threads:
            self._ready.append(None)
            self._tickets.put(None)
        for thread in threads:
            thread.join()
        self._threads.clear()

    def _may_take(self) -> bool:
        try:
            self._tickets.get_nowait()
        except queue.Empty:
            return False
        return True

    def _start(self) -> None:
        # A daemon: a second Ctrl-C must not have to wait for calls in hand.
        thread = threading.Thread(target=self._work, name="joinchat-call", daemon=True)
        self._threads.add(thread)
        try:
            thread.start()
        except RuntimeError:
            self._threads.discard(thread)
            if not self._threads:
                raise
            self._size.now = self._size.most = len(self._threads)
            logger.warning("No more than %s threads can be had.", len(self._threads))

    def _work(self) -> None:
        while not self._is_one_too_many():
            self._tickets.get()
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

    def _is_one_too_many(self) -> bool:
        """Tell this thread whether it is to end since fewer are worth it."""
        if len(self._threads) <= self._size.now:
            return False
        with self._lock:
            if len(self._threads) <= self._size.now:
                return False
            self._threads.discard(threading.current_thread())
        return True
