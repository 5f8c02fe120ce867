"""The sweeps that wake-ups begin, in the request or in the worker of a queue."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from joinchat_django.delivery import claims
from joinchat_django.delivery.sweep import deliver_due

from .names import get_dispatcher

#: Seconds after which a queue's task begins no further call and leaves the rest to another task:
#: queues kill a task that takes too long, and a call that is killed may have been delivered.
SWEEP_SECONDS = 60.0

#: The same for a task that finds others at work.
HELP_SECONDS = 1.0

_thread = threading.local()


def sweep_alone(sweep: Callable[[], object]) -> bool:
    """Run a sweep, unless this thread is in one already, and tell whether another was wanted.

    A message that is queued meanwhile, by a receiver of ``message_sent`` say, falls to the sweep
    that is running, if that has the time for it.
    """
    if getattr(_thread, "is_sweeping", False):
        _thread.is_wanted = True
        return False
    _thread.is_sweeping = True
    _thread.is_wanted = False
    try:
        sweep()
    finally:
        _thread.is_sweeping = False
    return bool(_thread.is_wanted)


def sweep_as_task(*, goes_on: bool = False) -> None:
    """Deliver what is due for ``SWEEP_SECONDS``, and have another task go on if time ran out.

    A call that has begun is finished, so the task takes up to the longest ``deadline`` more. While
    others are at work it helps for ``HELP_SECONDS`` alone: a long backlog would otherwise make
    each commit another task that goes on and on, until they hold every worker of the queue.
    ``goes_on`` tells that the task is the one that goes on.
    """
    is_helper = not goes_on and claims.is_anybody_at_work()
    end = time.monotonic() + (HELP_SECONDS if is_helper else SWEEP_SECONDS)

    def is_over() -> bool:
        return time.monotonic() >= end

    is_wanted = False
    try:
        is_wanted = sweep_alone(lambda: deliver_due(stopped=is_over))
    finally:
        # Also after an error: a bot that cannot send must not hold the others up. A helper leaves
        # the rest to those who are still at work; the last one finds nobody.
        is_left = is_helper and claims.is_anybody_at_work()
        if (is_over() or is_wanted) and not is_left:
            get_dispatcher().go_on()
