"""The tables: links, templates, the outbox, broadcasts, and what is known of bots and triggers."""

from __future__ import annotations

from .attempts import DeliveryAttempt
from .bots import BotState
from .broadcasts import Broadcast, BroadcastChunk
from .links import MessengerLink
from .outbox import OutboxMessage
from .templates import MessageTemplate
from .triggers import TriggerState

__all__ = [
    "BotState",
    "Broadcast",
    "BroadcastChunk",
    "DeliveryAttempt",
    "MessageTemplate",
    "MessengerLink",
    "OutboxMessage",
    "TriggerState",
]
