"""Whom a selection can be sent to, by bot, and why not the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import router
from django.db.models import Count, Q, QuerySet

from joinchat_django import conf
from joinchat_django.models import MessengerLink
from joinchat_django.models.primary import on_primary
from joinchat_django.outbox.batches import batched
from joinchat_django.outbox.recipients import knows_who_is_active
from joinchat_django.outbox.rows import PAGE

from .audiences import Audience, Links, RowsWithUsers

#: By bot: how many came to what.
Reach = dict[str, dict[str, int]]

#: Keys of a selection: a part of another query, or a page of them.
_Part = QuerySet[Any] | Sequence[Any]


def reach_of(audience: Audience, queryset: QuerySet[Any], keys: Sequence[Any]) -> Reach:
    """Return how many of a selection each configured bot reaches, and how many not and why.

    ``keys`` are the selection's own. People are counted, links where links are selected.
    ``repeated`` are further appearances of somebody. ``deactivated`` are reached by an active link
    and yet not, since their users are deactivated; where no query can tell, they count as reached.
    A few queries do it all, or a few for each page of keys where the selection cannot be a part of
    another query: a slice, a union, or rows in another database than the links.
    """
    is_one_part = _can_be_nested(queryset)
    parts = [_narrowed(audience, queryset)] if is_one_part else list(batched(keys, PAGE))
    if isinstance(audience, Links):
        return _of_links(parts, len(keys))
    if not isinstance(audience, RowsWithUsers):
        return _of_users(parts, len(keys), Counter())
    path = audience.path
    rows = [audience.queryset().filter(pk__in=part) for part in parts]
    if _can_be_nested(queryset):
        count = rows[0].aggregate(all=Count(path), people=Count(path, distinct=True))
        named, people = count["all"], count["people"]
        parts = [rows[0].filter(**{f"{path}__isnull": False}).values(path)]
    else:
        users = [key for part in rows for key in part.values_list(path, flat=True) if key]
        named, people = len(users), len(set(users))
        parts = list(batched(set(users), PAGE))
    also = Counter(no_user=len(keys) - named, repeated=named - people)
    return _of_users(parts, people, also)


def _of_users(parts: Sequence[_Part], people: int, also: Counter[str]) -> Reach:
    linked = 0
    known: Counter[str] = Counter()
    active: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    for part in parts:
        links = _links().filter(user__in=part)
        linked += links.aggregate(people=Count("user", distinct=True))["people"]
        by_bot = links.values_list("bot").annotate(
            known=Count("user", distinct=True),
            active=Count("user", distinct=True, filter=Q(is_active=True)),
            reached=Count("user", distinct=True, filter=_reaches()),
        )
        for bot, known_to_bot, active_of_bot, reached_by_bot in by_bot:
            known[bot] += known_to_bot
            active[bot] += active_of_bot
            reached[bot] += reached_by_bot
    return {
        bot: _without_zeros(
            reached[bot],
            not_linked=people - linked,
            switched_off=known[bot] - active[bot],
            deactivated=active[bot] - reached[bot],
            other_bot=linked - known[bot],
            **also,
        )
        for bot in conf.bots()
    }


def _of_links(parts: Sequence[_Part], selected: int) -> Reach:
    known: Counter[str] = Counter()
    active: Counter[str] = Counter()
    usable: Counter[str] = Counter()
    reached: Counter[str] = Counter()
    for part in parts:
        by_bot = (
            _links()
            .filter(pk__in=part)
            .values_list("bot")
            .annotate(
                known=Count("pk"),
                active=Count("pk", filter=Q(is_active=True)),
                usable=Count("pk", filter=_reaches()),
                reached=Count("uuid_digest", distinct=True, filter=_reaches()),
            )
        )
        for bot, known_to_bot, active_of_bot, usable_of_bot, reached_by_bot in by_bot:
            known[bot] += known_to_bot
            active[bot] += active_of_bot
            usable[bot] += usable_of_bot
            reached[bot] += reached_by_bot
    return {
        bot: _without_zeros(
            reached[bot],
            switched_off=known[bot] - active[bot],
            deactivated=active[bot] - usable[bot],
            other_bot=selected - known[bot],
            repeated=usable[bot] - reached[bot],
        )
        for bot in conf.bots()
    }


def _reaches() -> Q:
    """Say which links lead to somebody."""
    is_active = Q(is_active=True)
    return is_active & Q(user__is_active=True) if knows_who_is_active() else is_active


def _without_zeros(reached: int, **others: int) -> dict[str, int]:
    return {"reached": reached, **{reason: count for reason, count in others.items() if count}}


def _links() -> QuerySet[MessengerLink]:
    return on_primary(MessengerLink).order_by()


def _can_be_nested(queryset: QuerySet[Any]) -> bool:
    query = queryset.query
    is_plain = not (query.is_sliced or query.combinator or query.distinct_fields)
    return is_plain and router.db_for_write(queryset.model) == router.db_for_write(MessengerLink)


def _narrowed(audience: Audience, queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Return a query for the keys of a selection alone."""
    return queryset.using(audience.queryset().db).order_by().values("pk")
