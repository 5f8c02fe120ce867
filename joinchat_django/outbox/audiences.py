"""Those whom a bulk goes to, a page at a time and each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import Manager, Model, QuerySet

from joinchat_django.models import MessengerLink

from .recipients import check_addressable, key_of
from .rows import PAGE


def pages(users: QuerySet[Any] | Iterable[Any]) -> Iterator[tuple[list[Any], int]]:
    """Yield users, links or recipients, each once, with the number of repeats left out.

    Of a user's links the first stands for him, whatever it is.

    A queryset of users takes no memory but a page's; anything else takes a set of keys. Raises
    ``TypeError`` for what no message can go to.
    """
    seen: set[Any] = set()
    by_user = isinstance(users, QuerySet) and _is_paged(users) and _is_of(users, get_user_model())
    for page in _raw_pages(users):
        if by_user:
            seen.clear()  # All rows of a user are in one page.
        fresh = []
        for one in page:
            if (key := key_of(one)) not in seen:
                seen.add(key)
                fresh.append(one)
        yield fresh, len(page) - len(fresh)


def _raw_pages(users: QuerySet[Any] | Iterable[Any]) -> Iterator[list[Any]]:
    if isinstance(users, Manager):
        raise TypeError(f"A manager is no queryset: pass {users.model.__name__}.objects.all().")
    if isinstance(users, QuerySet):
        if not (_is_of(users, get_user_model()) or _is_of(users, MessengerLink)):
            raise TypeError(f"A queryset of {users.model.__name__} has no users in it.")
        if _is_paged(users):
            yield from _by_key(users)
            return
        users = _in_one_go(users)
    members = iter(users)
    while page := list(islice(members, PAGE)):
        yield page


def _by_key(queryset: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield a queryset in the order of its primary keys, all rows of a key in one page."""
    # A queryset that was reversed would turn the order by key round as well.
    ordered = queryset.order_by("pk" if queryset.query.standard_ordering else "-pk")
    page = list(ordered[:PAGE])
    while page:
        check_addressable(page[0])  # Of values() it is a dict.
        last = page[-1].pk
        is_full = len(page) == PAGE
        if is_full and page[0].pk != last:
            # The last one may go on in the next page, where joins repeat him.
            page = [one for one in page if one.pk != last]
            last = page[-1].pk
        yield page
        page = list(ordered.filter(pk__gt=last)[:PAGE]) if is_full else []


def _is_paged(queryset: QuerySet[Any]) -> bool:
    """Whether a condition on the key takes a part of this queryset and changes nothing else.

    A slice, a union and ``distinct(field)`` cannot be ordered by key, and a window function would
    look at the part alone.
    """
    query = queryset.query
    windows = any(
        getattr(annotation, "contains_over_clause", False)
        for annotation in query.annotations.values()
    )
    return not (query.is_sliced or query.combinator or query.distinct_fields or windows)


def _in_one_go(queryset: QuerySet[Any]) -> Iterable[Any]:
    """Read a queryset by one query."""
    if connections[queryset.db].vendor == "sqlite":
        # With a query left open there, a write of the bulk's or anybody's finds a locked database.
        return list(queryset)
    return queryset.iterator(chunk_size=PAGE)


def _is_of(queryset: QuerySet[Any], model: type[Model]) -> bool:
    return issubclass(queryset.model, model)
