"""What wakes delivery up after a commit. A lost or doubled wake-up changes nothing."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from typing import ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.utils.module_loading import import_string

from joinchat_django import conf

from .sweep import deliver_due

#: Seconds that a request spends on delivery at most.
INLINE_SECONDS = 3.0

_running = threading.local()


class Dispatcher(ABC):
    """Wakes delivery up."""

    #: Whether messages have been delivered, as far as they can be, when :meth:`wake` returns.
    delivers_in_line: ClassVar[bool] = False

    @abstractmethod
    def wake(self) -> None:
        """See to it that :func:`~joinchat_django.delivery.sweep.deliver_due` runs soon.

        Called after a commit that wrote rows. An exception is logged and loses nothing: the rows
        wait for the next wake-up.
        """


class InlineDispatcher(Dispatcher):
    """Delivers in the request, for 3 seconds at most; what is left stays queued.

    A message that is queued meanwhile, by a receiver of ``message_sent`` say, falls to the sweep
    that is running.
    """

    delivers_in_line = True

    def wake(self) -> None:
        if getattr(_running, "sweep", False):
            return
        _running.sweep = True
        try:
            deliver_due(seconds=INLINE_SECONDS)
        finally:
            _running.sweep = False


class WorkerDispatcher(Dispatcher):
    """Does nothing: ``manage.py joinchat_worker`` looks for itself."""

    def wake(self) -> None:
        pass


NAMES: dict[str, type[Dispatcher]] = {"inline": InlineDispatcher, "worker": WorkerDispatcher}


def dispatcher_class(name: str) -> type[Dispatcher]:
    """Return the dispatcher of a name or a dotted path. Raises ``ImproperlyConfigured``."""
    if name in NAMES:
        return NAMES[name]
    try:
        found = import_string(name)
    except ImportError as error:
        raise ImproperlyConfigured(
            f"JOINCHAT_DELIVERY['DISPATCHER'] is {name!r}, which is neither one of "
            f"{', '.join(NAMES)} nor a class that can be imported: {error}"
        ) from error
    if not (isinstance(found, type) and issubclass(found, Dispatcher)):
        raise ImproperlyConfigured(f"{name!r} is not a subclass of {__name__}.Dispatcher.")
    return found


def get_dispatcher() -> Dispatcher:
    """Return the dispatcher that the settings name. Raises ``ImproperlyConfigured``."""
    return dispatcher_class(conf.delivery().dispatcher)()


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
