"""Taking a link back: the user is sent nothing over it any more."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import transaction
from django.db.models import QuerySet

from joinchat_django import conf
from joinchat_django.delivery.databases import atomically
from joinchat_django.models import MessengerLink
from joinchat_django.models.fields import digest
from joinchat_django.models.primary import for_update
from joinchat_django.outbox.recipients import active_links
from joinchat_django.outbox.withdrawing import withdraw_over
from joinchat_django.signals import user_unlinked

#: The error of a message that was waiting to go over a link that is switched off.
SWITCHED_OFF = "Not sent: the user's link to this uuid was switched off before."


def unlink(user: Any, bot: str = "default", uuid: str | None = None) -> int:
    """Switch off a user's active links to a bot, or the one to a uuid; return how many there were.

    The rows stay, as the record of what was taken back, and :func:`link` makes one active again.
    ``user_unlinked`` is sent after the commit, once for each link, also if two do this at once.

    What is queued for the user over these links is cancelled in the same transaction, messages of
    broadcasts included; its error says why. As with ``outbox.cancel``, one that is being sent is
    not interrupted, and expires if it comes back to the queue; one that failed is not queued again
    by delivery. What another user gets over the same uuid stays, and so do messages to the uuid
    itself. A message whose own transaction began before and commits after this one still goes out.

    Raises ``UnknownBot``.
    """
    conf.bot(bot)
    links = active_links(bot).filter(user=user)
    if uuid is not None:
        links = links.filter(uuid_digest=digest(uuid))
    return switch_off(links, SWITCHED_OFF)


async def aunlink(user: Any, bot: str = "default", uuid: str | None = None) -> int:
    """Do what :func:`unlink` does, from asynchronous code."""
    return await sync_to_async(unlink)(user, bot, uuid)


def switch_off(links: QuerySet[MessengerLink], reason: str = SWITCHED_OFF) -> int:
    """Do what :func:`unlink` does with the active ones of some links, whatever bots they are of.

    ``reason`` is kept as the error of the messages that are cancelled.
    """
    active = links.filter(is_active=True)

    def change() -> int:
        # Of two clicks at once the second waits here, and then finds nothing that is active.
        # In one order: nobody waits in a circle.
        switched = list(for_update(active.order_by("pk")))
        links.filter(pk__in=[link.pk for link in switched]).update(is_active=False)
        withdraw_over(switched, reason)
        for link in switched:
            announce(link, links.db)
        return len(switched)

    return atomically(change, links.db)


def announce(link: MessengerLink, using: str) -> None:
    """Send ``user_unlinked`` for a link once what was done in a database is committed."""
    link.is_active = False
    transaction.on_commit(
        lambda: user_unlinked.send_robust(MessengerLink, link=link),
        using=using,
        robust=True,
    )
