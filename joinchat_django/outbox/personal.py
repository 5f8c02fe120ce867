"""A template with fields of each user's own, to many users at once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import router, transaction
from django.db.models import Model, QuerySet
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init

from joinchat_django.models import OutboxMessage
from joinchat_django.models.fields import digest
from joinchat_django.rendering import plain_fields

from .bulk_rows import BATCH_BYTES, RowMaker
from .newest_links import newest_links
from .page_inserts import insert_like
from .recipients import Addressee
from .results import Written
from .rows import database_now, savepoint

#: Users whose rows are written in one transaction.
WRITTEN_AT_ONCE = 5_000

#: What differs from row to row.
_DIFFERING = (
    "user",
    "recipient_value",
    "recipient_digest",
    "content",
    "template_type",
    "idempotency_key",
    "idempotency_digest",
)

_KIND = OutboxMessage.RecipientKind.UUID.value


class PersonalWriter:
    """Writes the rows of a bulk that says to each user what a template makes of their fields.

    They are the rows that ``maker`` would make, and ``insert_page`` would insert. Links and
    ``fields``, which are columns of the users', are read by one query; no user becomes an object.
    """

    def __init__(
        self,
        users: QuerySet[Any],
        maker: RowMaker,
        fields: Sequence[str],
        context: Mapping[str, Any],
    ) -> None:
        self.users = users
        self.at_once = WRITTEN_AT_ONCE
        self._maker = maker
        self._fields = fields
        self._context = context
        self._using = router.db_for_write(OutboxMessage)

    def insert(self, keys: list[Any]) -> Written:
        """Insert a row for each of these users whom a link leads to, in one transaction."""
        pattern = self._maker.pattern()
        with savepoint():
            people = list(self._read(keys))
            if pattern.send_at is None:
                pattern.send_at = database_now()
        failures: list[tuple[Any, str]] = []
        # Before the transaction, in which SQLite lets nobody else write.
        batches = list(self._rows(people, failures))
        with transaction.atomic(using=self._using):
            for rows in batches:
                differing = dict(zip(_DIFFERING, map(list, zip(*rows, strict=True)), strict=True))
                insert_like(pattern, differing, self._using)
        return Written(sum(map(len, batches)), failures)

    def _read(self, keys: list[Any]) -> QuerySet[Any, Any]:
        """Return key, uuid and the fields of some users, in the order of their keys."""
        fields = [f"user__{name}" for name in self._fields]
        links = newest_links(self._maker.values["bot"], keys).order_by("user_id")
        return links.values_list("user_id", "uuid", *fields)

    def _rows(
        self, people: list[Any], failures: list[tuple[Any, str]]
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield what differs from row to row, for as many as may be inserted at once."""
        rows: list[tuple[Any, ...]] = []
        size = 0
        for user, uuid, *values in people:
            try:
                known = {"user": plain_fields(zip(self._fields, values, strict=True))}
                body = self._maker.draft.write_known(known, self._context)
            except Exception as error:
                failures.append((user, self._maker.reason(error)))
                continue
            key = self._maker.key_of(Addressee(user, None))
            key_digest = None if key is None else digest(key)
            rows.append((user, uuid, digest(_KIND, uuid), *body, key, key_digest))
            size += len(body.content.encode())
            if size >= BATCH_BYTES:
                yield rows
                rows, size = [], 0
        if rows:
            yield rows


def columns_for(users: QuerySet[Any], fields: Sequence[str]) -> list[str] | None:
    """Return those of some fields that a query reads as users' objects would show them.

    A name that means nothing to the model is left out, as it is of an object. None if one of them
    means something else than a column, or if the site makes objects in a way of its own.
    """
    model: Any = users.model
    is_plain = (
        model.__init__ is Model.__init__
        and model.__getattribute__ is Model.__getattribute__
        and model.from_db.__func__ is vars(Model)["from_db"].__func__
        and not any(signal.has_listeners(model) for signal in (pre_init, post_init))
        and all(getattr(type(users), name) is getattr(QuerySet, name) for name in _MAKERS)
        and not users.query.extra
    )
    named = [name for name in fields if _means_something(users, name)]
    return named if is_plain and all(_is_column(model, name) for name in named) else None


#: Methods of a queryset that yield its objects.
_MAKERS = ("_fetch_all", "__iter__", "iterator")


def _means_something(users: QuerySet[Any], name: str) -> bool:
    known = inspect.getattr_static(users.model, name, None) is not None
    return known or name in users.query.annotations


def _is_column(model: type[Model], name: str) -> bool:
    try:
        field: Any = get_user_model()._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    is_shown_as_it_is = type(inspect.getattr_static(model, name, None)) is DeferredAttribute
    return bool(field.concrete) and not field.is_relation and is_shown_as_it_is
