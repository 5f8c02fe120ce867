"""Rows go in: everything that is ever sent begins with :func:`send` or :func:`send_bulk`.

:func:`cancel` stops what has not gone, :func:`retry` queues again what has come to a bad end.
Each has a counterpart for asynchronous code: :func:`asend`, :func:`asend_bulk`, :func:`acancel`,
:func:`aretry`.
"""

from __future__ import annotations

from .bulk import BulkOptions, asend_bulk, send_bulk
from .drafts import Content, Contents, UnknownTemplate
from .recalling import acancel, aretry, cancel, retry
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
    "aretry",
    "asend",
    "asend_bulk",
    "cancel",
    "recipient_of",
    "retry",
    "send",
    "send_bulk",
]
