"""The tables: links, templates, the outbox, and what is known of each bot."""

from __future__ import annotations

from .bots import BotState
from .links import MessengerLink
from .outbox import OutboxMessage
from .templates import MessageTemplate

__all__ = ["BotState", "MessageTemplate", "MessengerLink", "OutboxMessage"]
