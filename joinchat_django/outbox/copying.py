"""The same message to many users at once: the database makes the rows from their links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connections, router, transaction
from django.db.models import Exists, F, Model, OuterRef, QuerySet, Window
from django.db.models.functions import RowNumber

from joinchat_django.models import MessengerLink, OutboxMessage

from .audiences import is_read_by_key
from .bulk_rows import BATCH_BYTES, RowMaker
from .expressions import Digest, IsAmong, IsNoRecipient, PersonalKey
from .recipients import active_links, knows_who_is_active
from .rows import Body, database_now

#: Users whose rows one statement makes. SQLite lets nobody else write meanwhile.
COPIED_AT_ONCE = 10_000

#: The databases that the expressions are written for. Django calls MariaDB ``mysql``.
_VENDORS = {"postgresql", "mysql", "sqlite"}

#: The fields that differ from row to row, and where they come from; with a key, two more.
_COPIED = {
    "user": "copied_user",
    "recipient_value": "copied_uuid",
    "recipient_digest": "copied_recipient",
}
_COPIED_WITH_KEY = {
    "idempotency_key": "copied_key",
    "idempotency_digest": "copied_key_digest",
}

_KIND = OutboxMessage.RecipientKind.UUID.value


class LinkCopier:
    """Writes the rows of a bulk whose message is the same for all, by ``INSERT … SELECT``.

    They are the rows that ``maker`` would make of ``body``, and ``insert_page`` would insert.
    """

    def __init__(self, users: QuerySet[Any], maker: RowMaker, body: Body) -> None:
        #: Those whom the bulk goes to.
        self.users = users
        self._body = body
        self._values = maker.values
        self._key = maker.key
        self._bot: str = maker.values["bot"]
        self._using = router.db_for_write(OutboxMessage)
        #: How many users' rows may be written at once.
        size = len(self._body.content.encode())
        self.at_once = max(min(COPIED_AT_ONCE, BATCH_BYTES // size), 1)

    def insert(self, keys: list[Any]) -> int:
        """Insert a row for each of some users whom a link leads to, and return their number.

        All but those who are :meth:`doubtful`. In a transaction of its own, or in the caller's.
        Raises the database's error.
        """
        connection = connections[self._using]
        quote = connection.ops.quote_name
        links = self._newest_links(keys)
        sql, params = links.query.get_compiler(using=self._using).as_sql()
        columns, values, constants = [], [], []
        copied = _COPIED if self._key is None else {**_COPIED, **_COPIED_WITH_KEY}
        row = self._pattern()
        for field in OutboxMessage._meta.concrete_fields:
            if field.primary_key:
                continue
            columns.append(quote(str(field.column)))
            if field.name in copied:
                values.append(quote(copied[field.name]))
            else:
                values.append("%s")
                constants.append(field.get_db_prep_save(field.pre_save(row, True), connection))
        statement = (  # of names and placeholders alone
            f"INSERT INTO {quote(OutboxMessage._meta.db_table)} ({', '.join(columns)})"  # noqa: S608
            f" SELECT {', '.join(values)} FROM ({sql}) {quote('copied')}"
            f" WHERE NOT {quote('copied_is_doubtful')}"
            # As the widest index has them, so that it is written in one go.
            f" ORDER BY {quote('copied_recipient')}"
        )
        with transaction.atomic(using=self._using), connection.cursor() as cursor:
            cursor.execute(statement, [*constants, *params])
            return int(cursor.rowcount)

    def doubtful(self, keys: list[Any]) -> list[Any]:
        """Return those of some users whose newest link may be no recipient, for Python to say."""
        links = self._newest_links(keys).values_list("copied_user", "copied_is_doubtful")
        return [user for user, is_doubtful in links if is_doubtful]

    def _newest_links(self, keys: list[Any]) -> QuerySet[Any, Any]:
        newest = Window(
            RowNumber(),
            partition_by="user_id",
            order_by=[F("linked_at").desc(), F("pk").desc()],
        )
        columns: dict[str, Any] = {
            "copied_user": F("user_id"),
            "copied_uuid": F("uuid"),
            "copied_recipient": Digest(_KIND, F("uuid")),
            "copied_is_doubtful": IsNoRecipient(F("uuid")),
        }
        if self._key is not None:
            head = f"{self._key}:"
            key = PersonalKey(head, F("user_id"), of_uuids=isinstance(keys[0], UUID))
            columns |= {"copied_key": key, "copied_key_digest": Digest(key)}
        # A condition on the uuid here would have the window look at a part of a user's links.
        links = self._links(keys).alias(copied_place=newest).filter(copied_place=1)
        return links.annotate(**columns).values_list(*columns)

    def _links(self, keys: list[Any]) -> QuerySet[MessengerLink]:
        """Return the active links of some users who are active themselves."""
        connection = connections[self._using]
        pk: Any = get_user_model()._meta.pk
        among = IsAmong(F("user_id"), [pk.get_db_prep_value(key, connection) for key in keys])
        # For both tables, or what a planner expects may make it read all users for each page.
        users: QuerySet[Any] = QuerySet(get_user_model(), using=self._using).filter(is_active=True)
        links = active_links(self._bot).filter(among)
        if isinstance(keys[0], int):
            least, most = min(keys), max(keys)
            users = users.filter(pk__gte=least, pk__lte=most)
            links = links.filter(user_id__gte=least, user_id__lte=most)
        return links.filter(Exists(users.filter(pk=OuterRef("user_id"))))

    def _pattern(self) -> OutboxMessage:
        row = OutboxMessage(
            recipient_kind=_KIND,
            content=self._body.content,
            template_type=self._body.template_type,
            **self._values,
        )
        if row.send_at is None:
            row.send_at = database_now()
        return row


def copier_for(users: QuerySet[Any] | Iterable[Any], maker: RowMaker) -> LinkCopier | None:
    """Return what writes a bulk's rows, None if it has to be done row by row.

    So it has where the message depends on the user, where ``users`` is no queryset that a
    condition on the key takes a part of, and where links or users are in another database.
    """
    using = router.db_for_write(OutboxMessage)
    connection = connections[using]
    is_possible = (
        is_read_by_key(users)
        and router.db_for_write(MessengerLink) == using
        and knows_who_is_active()
        and connection.vendor in _VENDORS
        and (connection.vendor != "sqlite" or connection.features.supports_json_field)
        and all(value.pk is not None for value in _models(maker))
    )
    if isinstance(users, QuerySet) and maker.body and is_possible:
        return LinkCopier(users, maker, maker.body)
    return None


def can_be_copied(keys: list[Any]) -> bool:
    """Tell whether a database writes these keys as Python does. Of other types it might not."""
    types = set(map(type, keys))
    return types in ({int}, {UUID})


def _models(maker: RowMaker) -> Iterator[Model]:
    return (value for value in maker.values.values() if isinstance(value, Model))
