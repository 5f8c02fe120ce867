"""What the shop does when something has happened."""

from __future__ import annotations

import logging
from typing import Any

from django.dispatch import receiver
from typing_extensions import assert_type

from joinchat_django import linking, outbox
from joinchat_django.api import Text
from joinchat_django.models import BotState, MessengerLink, OutboxMessage
from joinchat_django.signals import (
    bot_paused,
    message_failed,
    message_sent,
    user_linked,
    user_unlinked,
)

logger = logging.getLogger(__name__)


@receiver(user_linked)
def welcome(sender: type[MessengerLink], link: MessengerLink, created: bool, **kwargs: Any) -> None:
    """Greet whoever has come."""
    if created and link.is_active:
        outbox.send(link.user, Text("Welcome."), bot=link.bot)
    logger.info("%s was linked at %s", link.uuid, link.linked_at.isoformat())


@receiver(user_unlinked)
def goodbye(sender: type[MessengerLink], link: MessengerLink, **kwargs: Any) -> None:
    """See whether the user is still connected in another way."""
    other = linking.current_link(link.user)
    assert_type(other, MessengerLink | None)


@receiver([message_sent, message_failed])
def note(sender: type[OutboxMessage], message: OutboxMessage, **kwargs: Any) -> None:
    """Write down what became of a message."""
    logger.info("To %s by %s", message.recipient.kind, message.recipient.value)
    when = message.settled_at.isoformat() if message.settled_at else "not yet"
    logger.info("#%s %s %s: %s", message.user, message.status, when, message.last_error)
    if message.template:
        logger.info(message.template.slug)


@receiver(bot_paused)
def call_somebody(sender: type[BotState], bot: str, reason: str, **kwargs: Any) -> None:
    """Tell the operator."""
    state = BotState.objects.get(pk=bot)
    until = state.paused_until.isoformat() if state.paused_until else "somebody resumes it"
    logger.error("%s is paused until %s: %s", state.bot, until, state.reason or reason)
