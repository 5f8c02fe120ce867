"""What wakes delivery up after a commit. A lost or doubled wake-up changes nothing."""

from __future__ import annotations

from .base import Dispatcher
from .inline import InlineDispatcher
from .names import NAMES, dispatcher_class, get_dispatcher
from .waking import wake_on_commit
from .worker import WorkerDispatcher

__all__ = [
    "NAMES",
    "Dispatcher",
    "InlineDispatcher",
    "WorkerDispatcher",
    "dispatcher_class",
    "get_dispatcher",
    "wake_on_commit",
]
