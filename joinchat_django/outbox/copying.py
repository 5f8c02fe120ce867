"""The same message to many users at once: the database makes the rows from their links."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connections, router, transaction
from django.db.models import F, QuerySet

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.models import OutboxMessage

from .bulk_rows import BATCH_BYTES, RowMaker
from .expressions import Digest, PersonalKey
from .newest_links import newest_links
from .results import Written
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
        self.users = users
        self._body = body
        self._maker = maker
        self._using = router.db_for_write(OutboxMessage)
        size = len(self._body.content.encode())
        self.at_once = max(min(COPIED_AT_ONCE, BATCH_BYTES // size), 1)

    def insert(self, keys: list[Any]) -> Written:
        """Insert a row for each of these users whom a link leads to, by one statement."""
        connection = connections[self._using]
        quote = connection.ops.quote_name
        copied = _COPIED if self._maker.key is None else {**_COPIED, **_COPIED_WITH_KEY}
        row = self._maker.pattern(self._body)
        columns, values, constants = [], [], []
        for field in OutboxMessage._meta.concrete_fields:
            if field.primary_key:
                continue
            columns.append(quote(str(field.column)))
            if field.name in copied:
                values.append(quote(copied[field.name]))
            elif field.name == "send_at" and row.send_at is None:
                # The database's clock decides what is due, so it has to say what "now" is, too.
                now, params = self._compile(DatabaseNow())
                values.append(now)
                constants += params
            else:
                values.append("%s")
                constants.append(field.get_db_prep_save(field.pre_save(row, True), connection))
        links, params = self._links(keys)
        statement = (  # of names and placeholders alone
            f"INSERT INTO {quote(OutboxMessage._meta.db_table)} ({', '.join(columns)})"  # noqa: S608
            f" SELECT {', '.join(values)} FROM ({links}) {quote('copied')}"
            # As the widest index has them, so that it is written in one go.
            f" ORDER BY {quote('copied_recipient')}"
        )
        with transaction.atomic(using=self._using), connection.cursor() as cursor:
            cursor.execute(statement, [*constants, *params])
            return Written(int(cursor.rowcount), [])

    def _links(self, keys: list[Any]) -> tuple[str, tuple[Any, ...]]:
        """Return a query for what is copied from the links of some users, and its parameters."""
        columns: dict[str, Any] = {
            "copied_user": F("user_id"),
            "copied_uuid": F("uuid"),
            "copied_recipient": Digest(_KIND, F("uuid")),
        }
        if self._maker.key is not None:
            head = f"{self._maker.key}:"
            key = PersonalKey(head, F("user_id"), of_uuids=isinstance(keys[0], UUID))
            columns |= {"copied_key": key, "copied_key_digest": Digest(key)}
        links = newest_links(self._maker.values["bot"], keys).annotate(**columns)
        sql, params = links.values_list(*columns).query.get_compiler(using=self._using).as_sql()
        return sql, tuple(params)

    def _compile(self, expression: Any) -> tuple[str, tuple[Any, ...]]:
        """Return the SQL of an expression over no column, and its parameters."""
        compiler = OutboxMessage.objects.using(self._using).query.get_compiler(using=self._using)
        sql, params = compiler.compile(expression)
        return sql, tuple(params)


def can_copy(connection: Any) -> bool:
    """Tell whether a database knows the statement, and lets others write links meanwhile."""
    if connection.vendor == "mysql":  # MariaDB, too.
        # At any higher level InnoDB locks what INSERT … SELECT reads, and the gaps between. The
        # level is known of an open connection; None is the server's own, whatever that is.
        connection.ensure_connection()
        return getattr(connection, "isolation_level", None) == "read committed"
    if connection.vendor == "sqlite":
        return bool(connection.features.supports_json_field)
    return bool(connection.vendor == "postgresql")
