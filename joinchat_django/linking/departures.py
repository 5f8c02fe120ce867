"""Users who are deactivated or deleted, and links that are deleted: Django's signals tell."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import connections, router
from django.db.models import Model, QuerySet

from joinchat_django import conf
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.outbox.recipients import is_active
from joinchat_django.outbox.rows import written
from joinchat_django.outbox.withdrawing import (
    TOGETHER,
    pages,
    unsent,
    withdraw,
    withdraw_from,
    withdraw_over,
)

from .unlinking import announce, switch_off

#: Errors of messages that were waiting.
DEACTIVATED = "Not sent: the user was deactivated before."
DELETED = "Not sent: the user was deleted before."
LINK_DELETED = "Not sent: the user's link to this uuid was deleted before."


def user_saved(
    sender: type[Model],
    instance: Any,
    created: bool,
    raw: bool,
    using: str,
    update_fields: Iterable[str] | None = None,
    **kwargs: Any,
) -> None:
    """Receive ``post_save`` of users. One who is deactivated is sent nothing any more.

    Without a query for an active user, and where a save cannot have changed that. An error reaches
    whoever saves: the next save tries again.
    """
    if raw or created or not _may_have_changed(instance, update_fields) or is_active(instance):
        return
    if using != router.db_for_write(sender):
        return  # A copy, or somebody of another database with the same key.
    if conf.linking().on_deactivation == "unlink":
        links = MessengerLink.objects.using(router.db_for_write(MessengerLink))
        switch_off(links.filter(user=instance.pk), DEACTIVATED)
    withdraw_from([instance.pk], DEACTIVATED)


@dataclass
class _Departures:
    """What one deletion of a queryset is about, noted at the first of its signals.

    Django sends a signal for each row, and what has to be done can be done at once. ``untold`` are
    the keys that no signal has told of yet, ``noted`` is what is to be withdrawn.
    """

    untold: set[Any]
    noted: list[Any]


#: The deletions of querysets that are under way, of users and of links.
_users: WeakKeyDictionary[QuerySet[Any], _Departures] = WeakKeyDictionary()
_links: WeakKeyDictionary[QuerySet[Any], _Departures] = WeakKeyDictionary()


def user_goes(sender: type[Model], instance: Any, using: str, origin: Any, **kwargs: Any) -> None:
    """Receive ``pre_delete`` of users: what is queued for them would go out without them."""
    if using not in (router.db_for_write(sender), router.db_for_write(OutboxMessage)):
        return  # A copy goes.
    if not _is_of_many(instance, origin):
        _lock_links(user__in=[instance.pk])
        withdraw(unsent([instance.pk]), DELETED, for_good=True)
    elif _is_told_first(_users, instance, origin):
        keys = _keys(instance, origin, using)
        for page in pages(keys, TOGETHER):
            _lock_links(user__in=page)
        _users[origin] = _Departures(set(keys) - {instance.pk}, unsent(keys))


def user_gone(sender: type[Model], using: str, origin: Any, **kwargs: Any) -> None:
    """Receive ``post_delete`` of users: see which of the rows noted have lost their user.

    Those of one whom the queryset had not found, and found when it was asked again, have not.
    """
    departures = _users.pop(origin, None) if isinstance(origin, QuerySet) else None
    if departures is None:
        return
    rows = written()
    for page in pages(departures.noted, TOGETHER):
        gone: Sequence[int] = page
        if using == rows.db:
            gone = list(rows.filter(pk__in=page, user=None).values_list("pk", flat=True))
        withdraw(gone, DELETED, for_good=True)


def link_goes(sender: type[Model], instance: Any, using: str, origin: Any, **kwargs: Any) -> None:
    """Receive ``pre_delete`` of links: it is as if each were switched off before."""
    if using != router.db_for_write(MessengerLink):
        return
    if _is_about_users(origin):
        pass  # Their messages are cancelled as a whole.
    elif not _is_of_many(instance, origin):
        _lock_links(pk=instance.pk)
        withdraw_over([instance], LINK_DELETED)
    elif _is_told_first(_links, instance, origin):
        keys = _keys(instance, origin, using)
        found = [link for page in pages(keys, TOGETHER) for link in _lock_links(pk__in=page)]
        _links[origin] = _Departures(set(keys) - {instance.pk}, found)
    if instance.is_active:
        # A copy: this one still is, if the deletion is rolled back.
        announce(copy.copy(instance), using)


def link_gone(sender: type[Model], using: str, origin: Any, **kwargs: Any) -> None:
    """Receive ``post_delete`` of links: withdraw over those noted that are gone."""
    departures = _links.pop(origin, None) if isinstance(origin, QuerySet) else None
    if departures is None:
        return
    links = MessengerLink.objects.using(using)
    for page in pages(departures.noted, TOGETHER):
        left = set(links.filter(pk__in=[link.pk for link in page]).values_list("pk", flat=True))
        withdraw_over([link for link in page if link.pk not in left], LINK_DELETED)


def _is_of_many(row: Model, origin: Any) -> bool:
    """Tell whether a row goes with a queryset of its kind."""
    return isinstance(origin, QuerySet) and issubclass(origin.model, type(row))


def _is_told_first(
    under_way: WeakKeyDictionary[QuerySet[Any], _Departures], row: Model, origin: QuerySet[Any]
) -> bool:
    departures = under_way.get(origin)
    if departures is None or row.pk not in departures.untold:
        return True
    # Each is told of once: a deletion that fails and is tried again is a new one.
    departures.untold.remove(row.pk)
    return False


def _keys(row: Model, origin: QuerySet[Any], using: str) -> list[Any]:
    return sorted({row.pk, *origin.using(using).order_by().values_list("pk", flat=True)})


def _lock_links(**which: Any) -> list[MessengerLink]:
    """Return links, locked for the rest of the transaction, if there is one.

    Before the rows of the outbox, and in the order of their keys, as ``unlink`` does: so nobody
    waits in a circle.
    """
    links = MessengerLink.objects.using(router.db_for_write(MessengerLink)).filter(**which)
    connection = connections[links.db]
    if connection.in_atomic_block and connection.features.has_select_for_update:
        links = links.select_for_update()
    return list(links.order_by("pk"))


def _may_have_changed(user: Any, update_fields: Iterable[str] | None) -> bool:
    try:
        user._meta.get_field("is_active")
    except FieldDoesNotExist:
        return True  # It is made of something else.
    if update_fields is not None:
        return "is_active" in update_fields
    return "is_active" not in user.get_deferred_fields()


def _is_about_users(origin: Any) -> bool:
    users = get_user_model()
    return isinstance(origin, users) or (
        isinstance(origin, QuerySet) and issubclass(origin.model, users)
    )
