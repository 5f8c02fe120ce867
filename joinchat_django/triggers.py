"""Triggers: functions that turn a Django signal into messages.

They live in a site's ``joinchat.py`` modules, which are imported at start-up::

    @triggers.on(order_placed)
    def order_receipt(sender, order, **kwargs):
        return triggers.Send(order.user, "receipt", context={...}, idempotency_key=f"r-{order.pk}")
"""

from __future__ import annotations

import contextlib
import inspect
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import connections, router, transaction
from django.dispatch import Signal

from joinchat_django import outbox
from joinchat_django.models import OutboxMessage

logger = logging.getLogger("joinchat_django.triggers")

Function = TypeVar("Function", bound=Callable[..., Any])

_raise_errors: ContextVar[bool] = ContextVar("joinchat_raise_trigger_errors", default=False)


@dataclass(frozen=True)
class Send:
    """A message that a trigger asks for; the arguments are those of ``outbox.send``."""

    to: Any
    message: Any
    context: Mapping[str, Any] | None = None
    bot: str = "default"
    tag: str | None = None
    delay: int | None = None
    send_at: datetime | None = None
    expires_at: datetime | None = None
    idempotency_key: str | None = None
    group: str = ""


@dataclass
class Trigger:
    """A function that waits for signals, and how it has fared in this process.

    ``fired`` counts calls, ``skipped`` messages to users without a link, ``failed`` errors.
    """

    name: str
    function: Callable[..., Any]
    fired: int = 0
    skipped: int = 0
    failed: int = 0

    def receive(self, sender: Any, **kwargs: Any) -> None:
        """Run for one signal. An error is logged and counted and never reaches the sender."""
        self.fired += 1
        try:
            with _protected():
                for wanted in _as_list(self.function(sender=sender, **kwargs)):
                    self._send(wanted)
        except Exception:
            self.failed += 1
            if _raise_errors.get():
                raise
            logger.exception("The trigger %s failed. What fired it goes on.", self.name)

    def _send(self, wanted: Send) -> None:
        try:
            outbox.send(wanted.to, wanted.message, **_options(wanted), trigger=self.name)
        except outbox.NotLinked:
            self.skipped += 1
            logger.info("The trigger %s skipped a user who has no link.", self.name)


#: Every trigger by its name, ``module.function``.
registry: dict[str, Trigger] = {}


def on(signal: Signal, *, sender: Any = None, name: str = "") -> Callable[[Function], Function]:
    """Call the decorated function whenever the signal is sent.

    It gets ``sender`` and the signal's arguments, and returns a :class:`Send`, a list of them, or
    None. ``sender`` limits it to one sender, for model signals also as ``"app.Model"``. A function
    may wait for several signals. A user without a link is skipped. Raises ``TypeError`` for an
    asynchronous function or one without a name, ``ValueError`` for a name that is taken.
    """

    def register(function: Function) -> Function:
        if inspect.iscoroutinefunction(function):
            raise TypeError("A trigger must be a plain function, not an async one.")
        trigger = _trigger_of(function, name)
        # A module that is imported anew brings a new function, and the old one has to go.
        uid = f"joinchat_django.triggers:{trigger.name}"
        signal.disconnect(sender=sender, dispatch_uid=uid)
        signal.connect(trigger.receive, sender=sender, weak=False, dispatch_uid=uid)
        return function

    return register


def _trigger_of(function: Callable[..., Any], name: str) -> Trigger:
    """Return the function's trigger, which is one and the same for several signals."""
    qualname = getattr(function, "__qualname__", "")
    if not (name or qualname):
        raise TypeError(f"{type(function).__name__} has no name of its own; pass name=.")
    name = name or f"{function.__module__}.{qualname}"
    known = registry.get(name)
    if known and known.function is function:
        return known
    if known and ("<locals>" in qualname or _place(known.function) != _place(function)):
        raise ValueError(f"There is a trigger {name!r} already; pass another name=.")
    registry[name] = Trigger(name, function)
    return registry[name]


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    """Say where a function is written: the same after its module was imported anew."""
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", "")


@contextlib.contextmanager
def raise_errors() -> Iterator[None]:
    """Let errors of triggers through while the block runs, so that a test sees them.

    A signal that is sent robustly, such as ``user_linked``, keeps them all the same: look at
    ``registry[name].failed``.
    """
    token = _raise_errors.set(True)
    try:
        yield
    finally:
        _raise_errors.reset(token)


@contextlib.contextmanager
def _protected() -> Iterator[None]:
    """Keep the caller's transaction usable if a query of the trigger fails inside it."""
    using = router.db_for_write(OutboxMessage)
    if connections[using].in_atomic_block:
        with transaction.atomic(using=using):
            yield
    else:
        yield


def _as_list(result: Send | Iterable[Send] | None) -> list[Send]:
    wanted = [] if result is None else [result] if isinstance(result, Send) else list(result)
    for item in wanted:
        if not isinstance(item, Send):
            raise TypeError(
                "A trigger returns triggers.Send, a list of them or None, not "
                f"{type(item).__name__}."
            )
    return wanted


def _options(wanted: Send) -> dict[str, Any]:
    options = dict(vars(wanted))
    del options["to"], options["message"]
    return options
