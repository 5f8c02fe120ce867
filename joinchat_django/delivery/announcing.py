"""Telling a site's receivers, none of whom can harm delivery."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from django.dispatch import Signal

logger = logging.getLogger("joinchat_django.delivery")


@dataclass(frozen=True)
class Announcement:
    """A signal that is to be sent, and what it says."""

    signal: Signal
    sender: type
    arguments: dict[str, Any]

    def make(self) -> None:
        """Send the signal. A receiver that raises is logged."""
        try:
            self.signal.send_robust(self.sender, **self.arguments)
        except Exception:
            # Django logs what a receiver raises by the receiver's name, which a partial has not.
            logger.exception("A receiver of a JoinChat signal raised.")
