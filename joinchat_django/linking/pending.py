"""Uuids of anonymous visitors, which wait in the session for a sign-in."""

from __future__ import annotations

import logging
import time
from typing import Any

from django.db import DatabaseError, InterfaceError, router, transaction

from joinchat_django import conf
from joinchat_django.models import MessengerLink

from .links import link
from .uuids import InvalidUUID, check_uuid

logger = logging.getLogger("joinchat_django.linking")

#: Where an anonymous visitor's uuids wait in their session: ``{bot: [uuid, seconds since 1970]}``.
#: A third item is the primary key, as text, of the user that it is kept for.
SESSION_KEY = "joinchat_pending"

#: What a database raises. What was to be linked is not at fault.
_FAILURES = (DatabaseError, InterfaceError)


def remember(session: Any, uuid: str, bot: str = "default") -> None:
    """Keep an anonymous visitor's uuid in their session until they sign in or sign up.

    Raises :exc:`InvalidUUID`, ``UnknownBot``.
    """
    conf.bot(bot)
    session[SESSION_KEY] = {**_pending(session), bot: [check_uuid(uuid), int(time.time())]}


def forget(session: Any, bot: str = "default") -> bool:
    """Drop the uuid that waits for a bot in a session, and tell whether there was one."""
    pending = _pending(session)
    if bot not in pending:
        return False
    session[SESSION_KEY] = {other: kept for other, kept in pending.items() if other != bot}
    return True


def keep_for(session: Any, user: Any) -> None:
    """Let what waits in a session be linked to this user alone; another's sign-in drops it.

    For a site where somebody who signs up comes in later, such as with a proved e-mail address:
    whoever signs in on the same browser meanwhile does not get that uuid.
    """
    if pending := _pending(session):
        session[SESSION_KEY] = {
            # What is kept for somebody else already stays theirs.
            bot: [*entry, str(user.pk)] if isinstance(entry, list) and len(entry) == 2 else entry
            for bot, entry in pending.items()
        }


def link_pending(user: Any, session: Any) -> list[MessengerLink]:
    """Link what waits in a session to the user who signed in, and forget it.

    What has waited longer than ``JOINCHAT_LINKING["PENDING_MAX_AGE"]``, and what is kept for
    another user, is dropped. If the database fails, what is theirs waits on, kept for them, and the
    error is raised.
    """
    pending = session.pop(SESSION_KEY, None)
    oldest = time.time() - conf.linking().pending_max_age
    theirs = {
        bot: [uuid, since, str(user.pk)]
        for bot, (uuid, since, *kept_for) in (pending or {}).items()
        if since >= oldest and kept_for in ([], [str(user.pk)])
    }
    links = []
    for bot, (uuid, _since, _user) in theirs.items():
        try:
            links.append(link(user, uuid, bot))
        except (InvalidUUID, conf.UnknownBot) as error:
            logger.warning("A uuid that waited in a session was dropped: %s", error)
        except _FAILURES:
            # All of it: whoever called may roll back the links that were written before.
            session[SESSION_KEY] = theirs
            raise
    return links


def link_pending_at_login(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    """Receive ``user_logged_in``. Sign-in never fails because of a link.

    What cannot be linked now is tried again at the next sign-in with this session.
    """
    session = getattr(request, "session", None)
    if session is None or SESSION_KEY not in session:
        return
    waiting = session[SESSION_KEY]
    try:
        with transaction.atomic(using=router.db_for_write(MessengerLink)):
            link_pending(user, session)
    except _FAILURES:
        # The transaction may have failed before the first link or after the last one.
        session.setdefault(SESSION_KEY, waiting)
        keep_for(session, user)
        logger.exception("The uuid that waited in a session could not be linked. It waits on.")
    except Exception:
        logger.exception("The uuid that waited in a session could not be linked.")


def _pending(session: Any) -> dict[str, Any]:
    pending = session.get(SESSION_KEY)
    return pending if isinstance(pending, dict) else {}
