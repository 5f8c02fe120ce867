"""Signals that a site may listen to. Receivers take ``**kwargs``."""

from __future__ import annotations

from django.dispatch import Signal

#: A user was tied to a uuid. Sender: ``MessengerLink``. Arguments: ``link``, ``created``.
user_linked = Signal()
#: An active link was switched off or deleted, or its user was: the database may have neither any
#: more. Sender: ``MessengerLink``. Arguments: ``link``.
user_unlinked = Signal()
#: JoinChat accepted a message. Sender: ``OutboxMessage``. Arguments: ``message`` (the row).
message_sent = Signal()
#: A message failed for good. Sender: ``OutboxMessage``. Arguments: ``message`` (the row).
message_failed = Signal()
#: A bot was paused. Sender: ``BotState``. Arguments: ``bot`` (the alias), ``reason``.
bot_paused = Signal()
