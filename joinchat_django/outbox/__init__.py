"""Rows go in: everything that is ever sent begins with :func:`send` or :func:`send_bulk`.

:func:`cancel` stops what has not gone, :func:`retry` queues again what has come to a bad end,
:func:`mark_done` takes as sent what may have been. :func:`hold` keeps a group back,
:func:`release` lets it go on. Each has a counterpart for asynchronous code, with an ``a`` before
its name.
"""

from __future__ import annotations

from .bulk import BulkOptions, asend_bulk, send_bulk
from .drafts import Content, Contents, UnknownTemplate
from .holding import ahold, arelease, hold, release
from .recalling import acancel, amark_done, aretry, cancel, mark_done, retry
from .recipients import NotLinked, recipient_of
from .results import BulkResult
from .rows import GROUP_LENGTH, KEY_LENGTH, TRIGGER_LENGTH
from .sending import SendOptions, asend, send

__all__ = [
    "GROUP_LENGTH",
    "KEY_LENGTH",
    "TRIGGER_LENGTH",
    "BulkOptions",
    "BulkResult",
    "Content",
    "Contents",
    "NotLinked",
    "SendOptions",
    "UnknownTemplate",
    "acancel",
    "ahold",
    "amark_done",
    "arelease",
    "aretry",
    "asend",
    "asend_bulk",
    "cancel",
    "hold",
    "mark_done",
    "recipient_of",
    "release",
    "retry",
    "send",
    "send_bulk",
]
