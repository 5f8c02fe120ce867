"""The same message to many users at once: the database makes the rows from their links."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db import connections, router, transaction
from django.db.models import F, IntegerField, Model, QuerySet, UUIDField

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.models import MessengerLink, OutboxMessage

from .audiences import is_read_by_key
from .bulk_rows import BATCH_BYTES, RowMaker
from .expressions import Digest, IsNoRecipient, PersonalKey
from .newest_links import newest_links
from .recipients import knows_who_is_active
from .rows import Body

#: Users whose rows one statement makes. SQLite lets nobody else write meanwhile; but each
#: transaction writes a large part of an index anew, so a few large ones are best.
COPIED_AT_ONCE = 20_000

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
        sql, params = self._newest_links(keys)
        # The database's clock decides what is due, so it has to say what "now" is, too.
        now, now_params = self._compile(DatabaseNow())
        columns, values, constants = [], [], []
        copied = _COPIED if self._key is None else {**_COPIED, **_COPIED_WITH_KEY}
        row = self._pattern()
        for field in OutboxMessage._meta.concrete_fields:
            if field.primary_key:
                continue
            columns.append(quote(str(field.column)))
            if field.name in copied:
                values.append(quote(copied[field.name]))
            elif field.name == "send_at" and row.send_at is None:
                values.append(now)
                constants += now_params
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
        connection = connections[self._using]
        quote = connection.ops.quote_name
        sql, params = self._newest_links(keys)
        statement = (  # of names and placeholders alone
            f"SELECT {quote('copied_user')} FROM ({sql}) {quote('copied')}"  # noqa: S608
            f" WHERE {quote('copied_is_doubtful')}"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, params)
            return [_key_field().to_python(key) for (key,) in cursor.fetchall()]

    def _newest_links(self, keys: list[Any]) -> tuple[str, tuple[Any, ...]]:
        """Return a query for the newest link of each of some users, and its parameters."""
        columns: dict[str, Any] = {
            "copied_user": F("user_id"),
            "copied_uuid": F("uuid"),
            "copied_recipient": F("uuid_digest"),
            "copied_is_doubtful": IsNoRecipient(F("uuid")),
        }
        if self._key is not None:
            head = f"{self._key}:"
            key = PersonalKey(head, F("user_id"), of_uuids=isinstance(keys[0], UUID))
            columns |= {"copied_key": key, "copied_key_digest": Digest(key)}
        links = newest_links(self._bot, keys, self._using).annotate(**columns)
        sql, params = links.values_list(*columns).query.get_compiler(using=self._using).as_sql()
        return sql, tuple(params)

    def _compile(self, expression: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL of an expression over no column, and its parameters."""
        compiler = OutboxMessage.objects.using(self._using).query.get_compiler(using=self._using)
        sql, params = compiler.compile(expression)
        return sql, tuple(params)

    def _pattern(self) -> OutboxMessage:
        return OutboxMessage(
            recipient_kind=_KIND,
            content=self._body.content,
            template_type=self._body.template_type,
            **self._values,
        )


def copier_for(users: QuerySet[Any] | Iterable[Any], maker: RowMaker) -> LinkCopier | None:
    """Return what writes a bulk's rows, None if it has to be done row by row.

    So it has where the message depends on the user, where ``users`` is no queryset that a
    condition on the key takes a part of, where links or users are in another database, where
    users' keys are no integers or UUIDs, and where reading links would lock them.
    """
    using = router.db_for_write(OutboxMessage)
    is_possible = (
        is_read_by_key(users)
        and router.db_for_write(MessengerLink) == using
        and knows_who_is_active()
        and isinstance(_key_field(), (IntegerField, UUIDField))
        and all(value.pk is not None for value in _models(maker))
        and _can_copy(connections[using])
    )
    if isinstance(users, QuerySet) and maker.body and is_possible:
        return LinkCopier(users, maker, maker.body)
    return None


def can_be_copied(keys: list[Any]) -> bool:
    """Tell whether a database writes these keys as Python does.

    A site's own kind of integer field may make anything of its integers.
    """
    types = set(map(type, keys))
    return types in ({int}, {UUID})


def _can_copy(connection: Any) -> bool:
    """Whether a database knows what the statement needs, and lets others write links meanwhile."""
    if connection.vendor == "mysql":  # MariaDB, too.
        # At any higher level InnoDB locks what INSERT … SELECT reads, and the gaps between. The
        # level is known of an open connection; None is the server's own, whatever that is.
        connection.ensure_connection()
        return getattr(connection, "isolation_level", None) == "read committed"
    if connection.vendor == "sqlite":
        return bool(connection.features.supports_json_field)
    return bool(connection.vendor == "postgresql")


def _key_field() -> Any:
    return get_user_model()._meta.pk


def _models(maker: RowMaker) -> Iterator[Model]:
    return (value for value in maker.values.values() if isinstance(value, Model))
