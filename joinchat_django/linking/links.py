"""Tying users to uuids, and whom a user is tied to."""

from __future__ import annotations

from typing import Any

from asgiref.sync import sync_to_async
from django.db import router, transaction
from django.utils import timezone

from joinchat_django import conf
from joinchat_django.models import MessengerLink
from joinchat_django.models.fields import digest
from joinchat_django.outbox.recipients import active_links, is_active, reachable
from joinchat_django.signals import user_linked

from .uuids import check_uuid


def link(user: Any, uuid: str, bot: str = "default") -> MessengerLink:
    """Tie a user to a uuid and make this the link that their messages go to.

    The same again changes no more than its age. ``user_linked`` is sent for a link that is new or
    was inactive. Raises :exc:`InvalidUUID`, ``UnknownBot``.
    """
    conf.bot(bot)
    links = MessengerLink.objects.using(router.db_for_write(MessengerLink))
    found, created = links.get_or_create(
        user=user, bot=bot, uuid_digest=digest(check_uuid(uuid)), defaults={"uuid": uuid}
    )
    revived = False
    if not created:
        row = links.filter(pk=found.pk)
        # The database decides which of two clicks at once revives the link.
        revived = row.filter(is_active=False).update(is_active=True) == 1
        found.is_active, found.linked_at = True, timezone.now()
        row.update(linked_at=found.linked_at)
    if created or revived:
        # After the commit, so that a receiver's message finds the link. Robust, since Django's
        # own logging of a receiver that failed fails for one without a name (functools.partial).
        transaction.on_commit(
            lambda: user_linked.send_robust(MessengerLink, link=found, created=created),
            using=found._state.db,
            robust=True,
        )
    return found


async def alink(user: Any, uuid: str, bot: str = "default") -> MessengerLink:
    """Do what :func:`link` does, from asynchronous code."""
    return await sync_to_async(link)(user, uuid, bot)


def current_link(user: Any, bot: str = "default") -> MessengerLink | None:
    """Return the link that a user's messages go to, or None. Asks the database each time.

    Nobody is anonymous and linked: for an anonymous visitor it is None without a query. So it is
    for a user who is deactivated.
    """
    if not (getattr(user, "is_authenticated", False) and is_active(user)):
        return None
    links = reachable(active_links(bot).filter(user=user))
    return links.order_by("-linked_at", "-pk").first()


async def acurrent_link(user: Any, bot: str = "default") -> MessengerLink | None:
    """Do what :func:`current_link` does, from asynchronous code."""
    return await sync_to_async(current_link)(user, bot)
