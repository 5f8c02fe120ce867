"""Which way a bulk's rows are written: a page of users at a time, or row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Protocol
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connections, router
from django.db.models import IntegerField, Model, QuerySet, UUIDField

from joinchat_django.models import MessengerLink, OutboxMessage

from .audiences import is_read_by_key
from .bulk_rows import RowMaker
from .copying import LinkCopier, can_copy
from .page_inserts import can_insert
from .personal import PersonalWriter, columns_for
from .recipients import knows_who_is_active
from .results import Written


class Writer(Protocol):
    """Writes rows of users that are given by their keys, without an object for each."""

    #: Those whom the bulk goes to, read by primary key.
    users: QuerySet[Any]
    #: How many users' rows may be written at once.
    at_once: int

    def insert(self, keys: list[Any]) -> Written:
        """Insert a row for each of some users whom a link leads to.

        But for those whose link may be no recipient. In a transaction of its own, or in the
        caller's. Raises the database's error.
        """


def writer_for(users: QuerySet[Any] | Iterable[Any], maker: RowMaker) -> Writer | None:
    """Return what writes a bulk's rows a page at a time, None if it has to be done row by row.

    So it has where the message depends on more of a user than columns, or the site makes
    users' objects in a way of its own, where ``users`` is no queryset that a condition on the key
    takes a part of, where links or users are in another database, where users' keys are no
    integers or UUIDs, where copying links would lock them, and on databases that are not known.
    """
    using = router.db_for_write(OutboxMessage)
    is_possible = (
        is_read_by_key(users)
        and router.db_for_write(MessengerLink) == using
        and knows_who_is_active()
        and isinstance(_key_field(), (IntegerField, UUIDField))
        and all(value.pk is not None for value in _models(maker))
    )
    if not (isinstance(users, QuerySet) and is_possible):
        return None
    connection = connections[using]
    if maker.body:
        return LinkCopier(users, maker, maker.body) if can_copy(connection) else None
    named = maker.draft.user_fields
    if named is None or callable(maker.context) or not can_insert(connection):
        return None
    fields = columns_for(users, named)
    return None if fields is None else PersonalWriter(users, maker, fields, maker.context or {})


def can_be_copied(keys: list[Any]) -> bool:
    """Tell whether a database writes these keys as Python does.

    A site's own kind of integer field may make anything of its integers.
    """
    types = set(map(type, keys))
    return types in ({int}, {UUID})


def _key_field() -> Any:
    return get_user_model()._meta.pk


def _models(maker: RowMaker) -> Iterator[Model]:
    return (value for value in maker.values.values() if isinstance(value, Model))
