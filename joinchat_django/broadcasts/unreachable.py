"""Who of a selection gets nothing, and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.db import router
from django.db.models import QuerySet

from joinchat_django.models import Broadcast, MessengerLink
from joinchat_django.outbox.recipients import knows_who_is_active

from .audiences import Audience, Links, RowsWithUsers, audience_named
from .members import first_chunks, keys_of
from .reasons import REASONS


class _Link(NamedTuple):
    """What is known of a link, and whether its user is active."""

    bot: str
    is_active: bool
    has_active_user: bool


def unreached(broadcast: Broadcast, bot: str, limit: int = 10) -> list[tuple[str, str]]:
    """Return the first members whom a bot does not reach now: who it is, and why.

    The first 20,000 members are looked through at most. Raises ``LookupError`` for a model that is
    not known any more.
    """
    known = broadcast.reach.get(bot, {})
    if known and not any(n for why, n in known.items() if why not in ("reached", "repeated")):
        return []
    audience = audience_named(broadcast.model)
    found: list[tuple[str, str]] = []
    for chunk in first_chunks(broadcast):
        reasons = _reasons(audience, keys_of(audience, chunk), bot)
        rows = audience.rows(list(reasons)[: limit - len(found)])
        found += [(audience.name_of(row), reasons[row.pk]) for row in rows]
        if len(found) >= limit:
            break
    return found


def _reasons(audience: Audience, keys: Sequence[Any], bot: str) -> dict[Any, str]:
    """Return why some members are not reached, by key and in their order; the others are absent."""
    if isinstance(audience, Links):
        found = _described(audience.queryset().filter(pk__in=keys), "pk")
        states = {pk: [link] for pk, link in found}
    elif isinstance(audience, RowsWithUsers):
        rows = audience.queryset().filter(pk__in=keys).values_list("pk", audience.path)
        users = dict(rows)
        by_user = _states({user for user in users.values() if user is not None})
        states = {pk: by_user.get(user, []) for pk, user in users.items()}
        nobody = {pk for pk, user in users.items() if user is None}
        return {
            key: str(REASONS["no_user"]) if key in nobody else why
            for key in keys
            if key in states and (why := _reason(states[key], bot))
        }
    else:
        states = {key: [] for key in keys}
        states.update(_states(keys))
    return {key: why for key in keys if key in states and (why := _reason(states[key], bot))}


def _states(users: Iterable[Any]) -> dict[Any, list[_Link]]:
    """Return all links of some users, by user."""
    links = MessengerLink.objects.using(router.db_for_write(MessengerLink))
    found: dict[Any, list[_Link]] = {}
    for user, link in _described(links.filter(user__in=list(users)), "user"):
        found.setdefault(user, []).append(link)
    return found


def _described(links: QuerySet[MessengerLink], key: str) -> list[tuple[Any, _Link]]:
    columns = [key, "bot", "is_active", *(["user__is_active"] if knows_who_is_active() else [])]
    return [
        (first, _Link(bot, is_active, user[0] if user else True))
        for first, bot, is_active, *user in links.values_list(*columns)
    ]


def _reason(links: Sequence[_Link], bot: str) -> str:
    """Return why somebody with these links is not reached; nothing if they are."""
    of_bot = [link for link in links if link.bot == bot]
    active = [link for link in of_bot if link.is_active]
    if any(link.has_active_user for link in active):
        return ""
    if active:
        return str(REASONS["deactivated"])
    if of_bot:
        return str(REASONS["switched_off"])
    return str(REASONS["other_bot" if links else "not_linked"])
