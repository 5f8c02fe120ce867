"""Whom messages go to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import router
from django.db.models import Exists, QuerySet, prefetch_related_objects

from joinchat_django.api import Recipient
from joinchat_django.models import MessengerLink, OutboxMessage

from .rows import with_key


class Resolved(NamedTuple):
    """Whom a message goes to; ``user`` is None if none is known.

    ``key_is_new`` says that no row of the outbox had the idempotency key that was asked about. It
    is False, too, where the query for the link could not tell.
    """

    user: Any
    recipient: Recipient
    key_is_new: bool = False


class NotLinked(LookupError):
    """The user has no active link to a bot, or is deactivated: there is nobody to send to."""


def recipient_of(user: Any, bot: str = "default") -> Recipient:
    """Return whom a user's messages go to: the newest of their active links.

    Raises ``NotLinked``, also for a user who is deactivated.
    """
    return _resolve_user(user, bot, None).recipient


def _resolve_user(user: Any, bot: str, key: str | None) -> Resolved:
    links = active_links(bot).filter(user=user).order_by("-linked_at", "-pk")
    # With the link, so that an object in hand that is out of date misleads nobody.
    columns = ["uuid", "user__is_active"] if knows_who_is_active() else ["uuid"]
    if key is not None and links.db == router.db_for_write(OutboxMessage):
        links = links.annotate(key_is_new=~Exists(with_key(bot, key)))
        columns.append("key_is_new")
    found: dict[str, Any] | None = links.values(*columns).first()
    if not (found["user__is_active"] if found and "user__is_active" in found else is_active(user)):
        raise NotLinked(_deactivated(user.pk))
    if found is None:
        raise NotLinked(
            f"User {user.pk} is not linked to the bot {bot!r}. A user is linked by clicking Send "
            "to Messenger on a page with {% joinchat_sdk %}."
        )
    return Resolved(user, Recipient(uuid=found["uuid"]), found.get("key_is_new", False))


def resolve(to: object, bot: str, key: str | None = None) -> Resolved:
    """Return the user, if one is known, and the recipient.

    A link stands for itself, even if it is not its user's newest. ``key`` is an idempotency key
    that the outbox can hold: the query for a user's link asks about it, too. Raises ``NotLinked``,
    also for a link that is switched off and for a user who is deactivated, ``ValueError`` for a
    link to another bot, ``TypeError`` for anything that is no saved user, ``MessengerLink`` or
    ``Recipient``.
    """
    if isinstance(to, Recipient):
        return Resolved(None, to)
    if isinstance(to, MessengerLink):
        if to.bot != bot:
            raise ValueError(f"This link belongs to the bot {to.bot!r}; pass bot={to.bot!r}.")
        if not to.is_active:
            raise NotLinked(f"This link of user {to.user_id} is switched off.")
        if not is_active(to.user):
            raise NotLinked(_deactivated(to.user_id))
        return Resolved(to.user, Recipient(uuid=to.uuid))
    check_addressable(to)
    return _resolve_user(to, bot, key)


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

    ``key`` tells them from the others: the user's primary key, or the ``Recipient``. ``user`` is
    None for a ``Recipient``. ``value`` is None for a user whom no active link leads to, or who is
    deactivated; ``user`` may be then. ``member`` is the key of the row that stands for them, and
    ``context`` returns what that row adds to the message, for a member of a mailing.
    """

    key: Any
    user: Any
    kind: str = "uuid"
    value: str | None = None
    member: Any = None
    context: Callable[[], Mapping[str, Any]] | None = None


def key_of(to: Any) -> Any:
    """Return what tells a user, link or recipient from others. Raises ``TypeError``.

    A user's links have one key, the user's: they are one person.
    """
    check_addressable(to)
    if isinstance(to, Recipient):
        return to
    return to.user_id if isinstance(to, MessengerLink) else to.pk


def addressees(page: Iterable[Any], bot: str) -> list[Addressee]:
    """Resolve many at once, with a query for the users' links and one for the links' users.

    A link stands for its user, who is reached by the newest of their active links to the bot.
    """
    page = list(page)
    prefetch_related_objects([to for to in page if isinstance(to, MessengerLink)], "user")
    keys = [key_of(to) for to in page]
    knows = knows_who_is_active()  # Then the query for the links decides.
    users = [
        key
        for to, key in zip(page, keys, strict=True)
        if not isinstance(to, Recipient) and (knows or _may_be_active(to))
    ]
    uuids: dict[Any, str] = {}
    if users:
        links = reachable(active_links(bot).filter(user__in=users)).order_by("linked_at", "pk")
        uuids = dict(links.values_list("user", "uuid"))  # The newest comes last and stays.
    return [_addressee(to, key, uuids) for to, key in zip(page, keys, strict=True)]


def active_links(bot: str) -> QuerySet[MessengerLink]:
    """Return a bot's active links, as they are where links are written.

    A replica may not know yet of one that a trigger is running on.
    """
    links = MessengerLink.objects.using(router.db_for_write(MessengerLink))
    return links.filter(bot=bot, is_active=True)


def reachable(links: QuerySet[MessengerLink]) -> QuerySet[MessengerLink]:
    """Leave out the links of users who are deactivated, where a query can tell."""
    return links.filter(user__is_active=True) if knows_who_is_active() else links


def linked(users: Collection[Any]) -> set[tuple[Any, str, str]]:
    """Return user, bot and uuid of the active links of some users, a page of them at most."""
    links = MessengerLink.objects.using(router.db_for_write(MessengerLink))
    found = reachable(links.filter(user__in=users, is_active=True))
    return set(found.values_list("user", "bot", "uuid"))


def knows_who_is_active() -> bool:
    """Tell whether a query for links knows which of their users are active.

    Not where ``is_active`` is no column of the user model, or where users are written to another
    database than links: the users in hand tell then.
    """
    users = get_user_model()
    try:
        is_column = users._meta.get_field("is_active").concrete
    except FieldDoesNotExist:
        return False
    return is_column and router.db_for_write(users) == router.db_for_write(MessengerLink)


def is_active(user: Any) -> bool:
    """Tell whether a user in hand is active. One of a model that knows no other is."""
    return bool(getattr(user, "is_active", True))


def _may_be_active(to: Any) -> bool:
    try:
        return is_active(to.user if isinstance(to, MessengerLink) else to)
    except ObjectDoesNotExist:
        return False  # The user has gone meanwhile.


def _deactivated(key: Any) -> str:
    return (
        f"User {key} is deactivated, and no message goes to a user whose is_active is False. "
        "Activate the user first."
    )


def _addressee(to: Any, key: Any, uuids: dict[Any, str]) -> Addressee:
    if isinstance(to, Recipient):
        return Addressee(to, None, to.kind, to.value)
    uuid = uuids.get(key)
    if isinstance(to, MessengerLink):
        to = None if uuid is None else to.user  # The user may be gone, and the links, too.
    return Addressee(key, to, value=uuid)
