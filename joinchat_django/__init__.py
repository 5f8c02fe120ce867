"""Messages to a Django site's users in Facebook Messenger, through JoinChat."""

from __future__ import annotations

__version__ = "0.1.0"
