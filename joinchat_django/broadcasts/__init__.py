"""One message to everybody in a large selection, sent in the background with its progress shown.

A broadcast is drafted, which freezes whom it goes to; filled with a message; and started. From
then on delivery asks this package for the next few hundred whenever there is room in the outbox,
until everybody has been looked at. It can be paused, resumed and cancelled at any moment, and goes
on where it stopped after whatever has killed the process that was at it.
"""

from __future__ import annotations

from .audiences import is_known, register
from .drafting import draft
from .progress import Progress, progress
from .retrying import retry_messages
from .steering import cancel, pause, resume, retry_failed, start
from .trying import TryOut, try_out
from .unreachable import unreached

__all__ = [
    "Progress",
    "TryOut",
    "cancel",
    "draft",
    "is_known",
    "pause",
    "progress",
    "register",
    "resume",
    "retry_failed",
    "retry_messages",
    "start",
    "try_out",
    "unreached",
]
