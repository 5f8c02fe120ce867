"""Whom messages go to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import router
from django.db.models import QuerySet, prefetch_related_objects

from joinchat_django.api import Recipient
from joinchat_django.models import MessengerLink


class NotLinked(LookupError):
    """The user has no active link to a bot, so there is nobody to send to."""


def recipient_of(user: Any, bot: str = "default") -> Recipient:
    """Return whom a user's messages go to: the newest of his active links.

    Raises ``NotLinked``.
    """
    links = active_links(bot).filter(user=user)
    uuid = links.order_by("-linked_at", "-pk").values_list("uuid", flat=True).first()
    if uuid is None:
        raise NotLinked(
            f"User {user.pk} is not linked to the bot {bot!r}. A user is linked by clicking Send "
            "to Messenger on a page with {% joinchat_sdk %}."
        )
    return Recipient(uuid=uuid)


def resolve(to: object, bot: str) -> tuple[Any, Recipient]:
    """Return the user, if one is known, and the recipient.

    A link stands for itself, even if it is not its user's newest. Raises ``NotLinked``, also for a
    link that is switched off, ``ValueError`` for a link to another bot, ``TypeError`` for anything
    that is no saved user, ``MessengerLink`` or ``Recipient``.
    """
    if isinstance(to, Recipient):
        return None, to
    if isinstance(to, MessengerLink):
        if to.bot != bot:
            raise ValueError(f"This link belongs to the bot {to.bot!r}; pass bot={to.bot!r}.")
        if not to.is_active:
            raise NotLinked(f"This link of user {to.user_id} is switched off.")
        return to.user, Recipient(uuid=to.uuid)
    check_addressable(to)
    return to, recipient_of(to, bot)


def check_addressable(to: object) -> None:
    """Raise ``TypeError`` for what no message can go to."""
    if isinstance(to, (Recipient, MessengerLink)):
        return
    if not (hasattr(to, "is_authenticated") and getattr(to, "pk", None) is not None):
        raise TypeError(
            "A message goes to a saved user, a MessengerLink or a Recipient, not to "
            f"{type(to).__name__}."
        )


class Addressee(NamedTuple):
    """One of many whom a message goes to.

    ``key`` tells him from the others: the user's primary key, or the ``Recipient``. ``user`` is
    None for a ``Recipient``. ``value`` is None for a user whom no active link leads to; ``user``
    may be then.
    """

    key: Any
    user: Any
    kind: str = "uuid"
    value: str | None = None


def key_of(to: Any) -> Any:
    """Return what tells a user, link or recipient from others. Raises ``TypeError``.

    A user's links have one key, his: he is one person.
    """
    check_addressable(to)
    if isinstance(to, Recipient):
        return to
    return to.user_id if isinstance(to, MessengerLink) else to.pk


def addressees(page: Iterable[Any], bot: str) -> list[Addressee]:
    """Resolve many at once, with a query for the users' links and one for the links' users.

    A link stands for its user, who is reached by the newest of his active links to the bot.
    """
    page = list(page)
    prefetch_related_objects([to for to in page if isinstance(to, MessengerLink)], "user")
    users = [key_of(to) for to in page if not isinstance(to, Recipient)]
    uuids: dict[Any, str] = {}
    if users:
        links = active_links(bot).filter(user__in=users).order_by("linked_at", "pk")
        uuids = dict(links.values_list("user", "uuid"))  # The newest comes last and stays.
    return [_addressee(to, uuids) for to in page]


def active_links(bot: str) -> QuerySet[MessengerLink]:
    """Return a bot's active links, as they are where links are written.

    A replica may not know yet of one that a trigger is running on.
    """
    links = MessengerLink.objects.using(router.db_for_write(MessengerLink))
    return links.filter(bot=bot, is_active=True)


def _addressee(to: Any, uuids: dict[Any, str]) -> Addressee:
    if isinstance(to, Recipient):
        return Addressee(to, None, to.kind, to.value)
    key = key_of(to)
    uuid = uuids.get(key)
    if isinstance(to, MessengerLink):
        to = None if uuid is None else to.user  # He may be gone, and his links with him.
    return Addressee(key, to, value=uuid)
