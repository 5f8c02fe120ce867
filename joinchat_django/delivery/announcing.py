"""Telling a site's receivers, none of whom can harm delivery."""

from __future__ import annotations

import logging
from typing import Any

from django.dispatch import Signal

logger = logging.getLogger("joinchat_django.delivery")


def announce(signal: Signal, sender: Any, **arguments: Any) -> None:
    """Send a signal. A receiver that raises is logged."""
    try:
        signal.send_robust(sender, **arguments)
    except Exception:
        # Django logs what a receiver raises by the receiver's name, which a partial has not.
        logger.exception("A receiver of a JoinChat signal raised.")
