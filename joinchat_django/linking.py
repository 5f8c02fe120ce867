"""Tying site users to the uuids that JoinChat hands over (contract, "Linking")."""

from __future__ import annotations

import logging
import re
import time
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import router, transaction
from django.utils import timezone

from joinchat_django import conf
from joinchat_django.models import MessengerLink
from joinchat_django.models.fields import digest
from joinchat_django.signals import user_linked

logger = logging.getLogger("joinchat_django.linking")

#: Where an anonymous visitor's uuids wait in his session: ``{bot: [uuid, seconds since 1970]}``.
SESSION_KEY = "joinchat_pending"

_UUID = re.compile(r"[A-Za-z0-9._~:@+/=-]{1,255}")


class InvalidUUID(ValueError):
    """A text that is no uuid of JoinChat's."""


def check_uuid(value: str | None) -> str:
    """Return the uuid: 1 to 255 characters of ``A-Z a-z 0-9 . _ ~ : @ + / = -``.

    Raises :exc:`InvalidUUID`.
    """
    if not value:
        raise InvalidUUID("There is no uuid. Send the one that the SDK's callback was given.")
    if not _UUID.fullmatch(value):
        raise InvalidUUID("A uuid has 1 to 255 characters of A-Z a-z 0-9 . _ ~ : @ + / = - only.")
    return value


def link(user: Any, uuid: str, bot: str = "default") -> MessengerLink:
    """Tie a user to a uuid and make this the link that his messages go to.

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


def remember(session: Any, uuid: str, bot: str = "default") -> None:
    """Keep an anonymous visitor's uuid in his session until he signs in or signs up.

    Raises :exc:`InvalidUUID`, ``UnknownBot``.
    """
    conf.bot(bot)
    pending = session.get(SESSION_KEY)
    pending = pending if isinstance(pending, dict) else {}
    session[SESSION_KEY] = {**pending, bot: [check_uuid(uuid), int(time.time())]}


def link_pending(user: Any, session: Any) -> list[MessengerLink]:
    """Link what waits in a session to the user who signed in, and forget it.

    What has waited longer than ``JOINCHAT_LINKING["PENDING_MAX_AGE"]`` is dropped.
    """
    pending = session.pop(SESSION_KEY, None)
    oldest = time.time() - conf.linking().pending_max_age
    links = []
    for bot, (uuid, since) in (pending or {}).items():
        if since >= oldest:
            try:
                links.append(link(user, uuid, bot))
            except (InvalidUUID, conf.UnknownBot) as error:
                logger.warning("A uuid that waited in a session was dropped: %s", error)
    return links


def link_pending_at_login(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Receive ``user_logged_in``. Sign-in never fails because of a link."""
    session = getattr(request, "session", None)
    if session is None or SESSION_KEY not in session:
        return
    try:
        with transaction.atomic(using=router.db_for_write(MessengerLink)):
            link_pending(user, session)
    except Exception:
        logger.exception("The uuid that waited in a session could not be linked.")


def connect() -> None:
    """Link waiting uuids whenever somebody signs in."""
    user_logged_in.connect(link_pending_at_login, dispatch_uid="joinchat_django.linking")
