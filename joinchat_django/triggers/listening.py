"""Which functions wait for which signals."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.dispatch import Signal

from joinchat_django import conf
from joinchat_django.models import TriggerState

from .firing import Trigger
from .sends import Result

Function = TypeVar("Function", bound=Callable[..., Result])


@dataclass(frozen=True)
class Listening:
    """A signal that a trigger waits for, and the sender that it is limited to, if any."""

    signal: Signal
    sender: Any = None


#: Every trigger by its name, ``module.function``.
registry: dict[str, Trigger] = {}

#: Characters that the tables hold of a name.
NAME_LENGTH = TriggerState._meta.get_field("name").max_length or 0


def on(signal: Signal, *, sender: Any = None, name: str = "") -> Callable[[Function], Function]:
    """Call the decorated function whenever the signal is sent.

    It gets ``sender`` and the signal's arguments, and returns a :class:`Send`, a list of them, or
    None. ``sender`` limits it to one sender, for model signals also as ``"app.Model"``. A function
    may wait for several signals. A user without a link is skipped. Raises ``TypeError`` for an
    asynchronous function or one without a name, ``ValueError`` for a name that is too long or
    taken, also where only case or accents differ.
    """

    def register(function: Function) -> Function:
        if inspect.iscoroutinefunction(function):
            raise TypeError("A trigger must be a plain function, not an async one.")
        trigger = _trigger_of(function, name)
        # A module that is imported anew brings a new function, and the old one has to go.
        uid = f"joinchat_django.triggers:{trigger.name}"
        signal.disconnect(sender=sender, dispatch_uid=uid)
        signal.connect(trigger.receive, sender=sender, weak=False, dispatch_uid=uid)
        if not any(one.signal is signal and one.sender is sender for one in trigger.listens_to):
            trigger.listens_to.append(Listening(signal, sender))
        return function

    return register


def _trigger_of(function: Callable[..., Any], name: str) -> Trigger:
    """Return the function's trigger, which is one and the same for several signals."""
    qualname = getattr(function, "__qualname__", "")
    if not (name or qualname):
        raise TypeError(f"{type(function).__name__} has no name of its own; pass name=.")
    name = name or f"{function.__module__}.{qualname}"
    if len(name) > NAME_LENGTH:
        start = f"A trigger's name has {NAME_LENGTH} characters at most; pass name="
        raise ValueError(f"{start}. {name!r} has {len(name)}.")
    known = registry.get(name)
    if known and known.function is function:
        return known
    for other in registry:
        if other != name and conf.alike(other, name):
            raise ValueError(f"There is a trigger {other!r} already; pass another name=.")
    if known and ("<locals>" in qualname or _place(known.function) != _place(function)):
        raise ValueError(f"There is a trigger {name!r} already; pass another name=.")
    registry[name] = Trigger(name, function)
    return registry[name]


def _place(function: Callable[..., Any]) -> tuple[str, str]:
    """Say where a function is written: the same after its module was imported anew."""
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
