"""The links that messages to many users go over, and how to ask a database for them."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Cast

from joinchat_django.models import MessengerLink

from .expressions import IsAmong, IsNoRecipient
from .recipients import active_links

#: The share of the keys between two for which it is quicker to look at all of them.
DENSE = 0.5


def newest_links(bot: str, keys: list[Any]) -> QuerySet[MessengerLink]:
    """Return the newest active link of each of some users who are active themselves.

    But for those whose newest link may be no recipient. ``keys`` are integers or UUIDs, one at
    least. Links and users are in the same database.
    """
    return _newest(bot, keys).exclude(IsNoRecipient(F("uuid")))


def doubtful(bot: str, keys: list[Any]) -> list[Any]:
    """Return those of some users whose newest link may be no recipient, for Python to say."""
    links = _newest(bot, keys).filter(IsNoRecipient(F("uuid")))
    return list(links.values_list("user_id", flat=True))


def _newest(bot: str, keys: list[Any]) -> QuerySet[MessengerLink]:
    links = active_links(bot)
    newer = links.filter(user=OuterRef("user")).filter(
        Q(linked_at__gt=OuterRef("linked_at"))
        | Q(linked_at=OuterRef("linked_at"), pk__gt=OuterRef("pk"))
    )
    # For both tables, or what a planner expects may make it read all users for each page.
    users: QuerySet[Any] = QuerySet(get_user_model(), using=links.db).filter(is_active=True)
    owner: Any = F("user_id")
    if isinstance(keys[0], int):
        least, most = min(keys), max(keys)
        users = users.filter(pk__gte=least, pk__lte=most)
        links = links.filter(user_id__gte=least, user_id__lte=most)
        if len(keys) > DENSE * (most - least):
            # As no column any more, it is not looked up key by key: all between are read.
            owner = Cast(owner, BigIntegerField())
    if not isinstance(keys[0], int):  # Databases keep UUIDs each in its own way.
        pk: Any = get_user_model()._meta.pk
        keys = [pk.get_db_prep_value(key, connections[links.db]) for key in keys]
    among = IsAmong(owner, keys)
    return links.filter(among, Exists(users.filter(pk=OuterRef("user_id"))), ~Exists(newer))
