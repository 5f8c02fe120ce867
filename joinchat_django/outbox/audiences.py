"""Those whom a bulk goes to, a page at a time and each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from operator import attrgetter
from typing import Any, TypeVar

from django.contrib.auth import get_user_model
from django.db import connections
from django.db.models import Manager, Model, QuerySet

from joinchat_django.models import MessengerLink

from .recipients import check_addressable, key_of
from .rows import PAGE

_Row = TypeVar("_Row")


def pages(users: QuerySet[Any] | Iterable[Any]) -> Iterator[tuple[list[Any], int]]:
    """Yield users, links or recipients, each once, with the number of repeats left out.

    Of a user's links the first stands for them, whatever it is.

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


def key_pages(users: QuerySet[Any], size: int) -> Iterator[list[Any]]:
    """Yield the primary keys of a queryset of users, about ``size`` at a time, in their order.

    For one that :func:`is_read_by_key`. A key comes as often as its user appears, all of that in
    one page. Raises ``TypeError`` for what no message can go to.
    """

    def keys_of(part: QuerySet[Any]) -> list[Any]:
        return list(part.prefetch_related(None).values_list("pk", flat=True)[:size])

    for first in users.order_by()[:1]:
        check_addressable(first)  # Of values() it is a dict.
        yield from _in_order(users, keys_of, lambda key: key, size)


def is_read_by_key(users: object) -> bool:
    """Tell whether :func:`key_pages` yields what users are: a queryset, of which it takes parts."""
    if not (isinstance(users, QuerySet) and _is_of(users, get_user_model()) and _is_paged(users)):
        return False
    # With other columns, rows may be distinct whose keys are not.
    query = users.query
    return not (query.distinct and (query.annotations or query.extra))


def _by_key(queryset: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield a queryset in the order of its primary keys, all rows of a key in one page."""

    def rows_of(part: QuerySet[Any]) -> list[Any]:
        page = list(part[:PAGE])
        if page:
            check_addressable(page[0])  # Of values() it is a dict.
        return page

    yield from _in_order(queryset, rows_of, attrgetter("pk"), PAGE)


def _in_order(
    queryset: QuerySet[Any],
    read: Callable[[QuerySet[Any]], list[_Row]],
    key_of_row: Callable[[_Row], Any],
    size: int,
) -> Iterator[list[_Row]]:
    """Yield what ``read`` returns of a queryset in the order of its keys, ``size`` rows at most."""
    # A queryset that was reversed would turn the order by key round as well.
    ordered = queryset.order_by("pk" if queryset.query.standard_ordering else "-pk")
    page = read(ordered)
    while page:
        last = key_of_row(page[-1])
        is_full = len(page) == size
        if is_full and key_of_row(page[0]) != last:
            # The last one may go on in the next page, where joins repeat it.
            page = [one for one in page if key_of_row(one) != last]
            last = key_of_row(page[-1])
        yield page
        page = read(ordered.filter(pk__gt=last)) if is_full else []


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
