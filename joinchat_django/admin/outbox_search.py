"""What the outbox can be searched for: what an index answers, never a part of a text."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, router
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from joinchat_django.delivery.figures import known_to_outbox
from joinchat_django.models import OutboxMessage
from joinchat_django.models.fields import digest

from .outbox_narrowing import Narrowing

#: Users that a name stands for, at most.
USERS = 50

#: The character after all others.
LAST = "\U0010ffff"

HELP = _(
    "Search for a user name or how it begins (with its capitals), a user’s "
    "whole e-mail address, a recipient (uuid, Facebook id, phone or e-mail), a group, an "
    "idempotency key, or a message’s number such as #123."
)

#: Rows of each kind that are found by words that stand for several kinds of things.
NEWEST = 300

_NUMBER = re.compile(r"#(\d{1,18})")


def condition_for(words: str) -> Narrowing:
    """Return which rows are searched for. The whole of ``words`` is one name, key or number.

    A group's name goes first, then everything else that the words may stand for. Where that is
    more than one thing, such as a user's e-mail address that messages went to, the newest of each
    are found.
    """
    if number := _NUMBER.fullmatch(words):
        return Narrowing(Q(pk=int(number[1])))
    rows = OutboxMessage.objects.using(router.db_for_read(OutboxMessage))
    if rows.filter(group=words).exists():
        return Narrowing.of("group", "status", "pk", has_ends=True, group=words)
    bots = known_to_outbox()
    recipients = [digest(kind, words) for kind in OutboxMessage.RecipientKind.values]
    conditions = [
        Q(bot__in=bots, recipient_digest__in=recipients),
        Q(bot__in=bots, idempotency_digest=digest(words)),
    ]
    if users := _users(words):
        conditions.append(Q(user_id__in=users))
    found = [condition for condition in conditions if rows.filter(condition).exists()]
    if len(found) == 1:
        return Narrowing(found[0])
    # In one condition they would mislead planners; so the keys are looked up.
    keys: list[int] = []
    for condition in found:
        newest = rows.filter(condition).order_by((F("pk") + 0).desc())
        keys += newest.values_list("pk", flat=True)[:NEWEST]
    return Narrowing(Q(pk__in=keys))


def _users(words: str) -> list[Any]:
    """Return the keys of those who are called that, or else of those whose names begin so.

    Words are taken as they are written and in lower case, on every database alike. One column is
    asked at a time, as long as nobody is found. Where addresses have no index, what has an "@" is
    compared with whole ones alone, and that reads all users.
    """
    model = get_user_model()
    name = model.USERNAME_FIELD
    spellings = list(dict.fromkeys((words, words.lower())))
    fields: list[Any] = [one for one in model._meta.fields if one.name != name]
    email = next((one for one in fields if one.name == model.get_email_field_name()), None)
    asked = [(name, "exact"), (name, "startswith")]
    if email:
        if email.unique or email.db_index or "@" in words:
            asked.insert(1, (email.name, "exact"))
        if email.unique or email.db_index:
            asked.append((email.name, "startswith"))
    for field, lookup in asked:
        for spelling in spellings:
            if keys := _called(field, lookup, spelling):
                return keys
    return []


def _called(field: str, lookup: str, words: str) -> list[Any]:
    """Return the keys of the users whose field is, or begins with, exactly these words."""
    users = get_user_model()._default_manager.order_by()
    wanted = Q(**{f"{field}__{lookup}": words})
    if lookup == "startswith" and connections[users.db].vendor != "postgresql":
        # Others do not search an index for what LIKE compares; PostgreSQL has one for that, and
        # languages in which the last character is not the last one.
        wanted &= Q(**{f"{field}__gte": words, f"{field}__lt": words + LAST})
    found = users.filter(wanted).values_list("pk", field)[:USERS]
    # Some collations take capitals and accents for the same.
    return [pk for pk, value in found if str(value).startswith(words)]
