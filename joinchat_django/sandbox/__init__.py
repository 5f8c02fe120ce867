"""A stand-in for joinchat.ai on the developer's own machine, with an inbox to look at.

It stands beside the rest of the app: of it, it uses ``preview`` and the signing of ``api`` alone,
and reads JoinChat's contract for itself.
"""

from __future__ import annotations

from .contract import check_request
from .received import Received
from .server import SandboxServer
from .store import Inbox

__all__ = ["Inbox", "Received", "SandboxServer", "check_request"]
