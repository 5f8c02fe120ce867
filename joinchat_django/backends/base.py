"""What every backend promises."""

from __future__ import annotations

from abc import ABC, abstractmethod

from joinchat_django.api import Envelope, SendResult
from joinchat_django.conf import Bot


class Backend(ABC):
    """Takes the messages of one bot. Threads may call it at the same time."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    @abstractmethod
    def send(self, envelope: Envelope, *, deadline: float | None = None) -> SendResult:
        """Deliver one message within ``deadline`` seconds (None: the bot's own deadline).

        Raises an error of :mod:`joinchat_django.api`; its class decides what happens next.
        """

    def close(self) -> None:  # noqa: B027
        """Let go of what is open. A later :meth:`send` still works."""
