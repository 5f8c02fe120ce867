"""A template with fields of each user's own, to many users at once."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
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
from .rows import database_now

#: Users whose rows are written in one transaction.
WRITTEN_AT_ONCE = 2_000

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


class PersonalWriter:
    """Writes the rows of a bulk that says to each user what a template makes of his fields.

    They are the rows that ``maker`` would make, and ``insert_page`` would insert. Links and
    ``fields``, which are columns of the users', are read by one query; no user becomes an object.
    """

    def __init__(self, users: QuerySet[Any], maker: RowMaker, fields: Sequence[str]) -> None:
        self.users = users
        self.at_once = WRITTEN_AT_ONCE
        self._maker = maker
        self._fields = fields
        self._using = router.db_for_write(OutboxMessage)

    def insert(self, keys: list[Any]) -> Written:
        people = list(self._read(keys))
        pattern = self._maker.pattern()
        if pattern.send_at is None:
            pattern.send_at = database_now()
        queued = 0
        failures: list[tuple[Any, str]] = []
        with transaction.atomic(using=self._using):
            for rows in self._rows(people, failures):
                differing = dict(zip(_DIFFERING, map(list, zip(*rows, strict=True)), strict=True))
                insert_like(pattern, differing, self._using)
                queued += len(rows)
        return Written(queued, failures)

    def _read(self, keys: list[Any]) -> QuerySet[Any, Any]:
        """Return key, uuid, its digest and the fields of some users."""
        fields = [f"user__{name}" for name in self._fields]
        links = newest_links(self._maker.values["bot"], keys)
        return links.values_list("user_id", "uuid", "uuid_digest", *fields)

    def _rows(
        self, people: list[Any], failures: list[tuple[Any, str]]
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield what differs from row to row, for as many as may be inserted at once."""
        rows: list[tuple[Any, ...]] = []
        size = 0
        for user, uuid, uuid_digest, *values in people:
            try:
                known = {"user": plain_fields(zip(self._fields, values, strict=True))}
                body = self._maker.body_of(known)
            except Exception as error:
                failures.append((user, self._maker.reason(error)))
                continue
            key = self._maker.key_of(Addressee(user, None))
            key_digest = None if key is None else digest(key)
            rows.append((user, uuid, uuid_digest, *body, key, key_digest))
            size += len(body.content)
            if size >= BATCH_BYTES:
                yield rows
                rows, size = [], 0
        if rows:
            yield rows


def columns_alone(users: QuerySet[Any], fields: Sequence[str]) -> bool:
    """Tell whether a query reads from these fields what the users' objects would show."""
    model = users.model
    return (
        model.__init__ is Model.__init__
        and model.from_db.__func__ is Model.from_db.__func__  # type: ignore[attr-defined]
        and not any(signal.has_listeners(model) for signal in (pre_init, post_init))
        and all(_is_column(model, name) for name in fields)
    )


def _is_column(model: type[Model], name: str) -> bool:
    try:
        field: Any = get_user_model()._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    is_shown_as_it_is = type(inspect.getattr_static(model, name, None)) is DeferredAttribute
    return bool(field.concrete) and not field.is_relation and is_shown_as_it_is
