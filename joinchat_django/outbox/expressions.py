"""What the outbox lets a database work out for itself: digests, keys, and who is meant."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from django.db.models import BooleanField, CharField, Func, TextField

from .rows import KEY_LENGTH


class _Sql(NamedTuple):
    """A piece of SQL and its parameters."""

    sql: str
    params: tuple[Any, ...]


class _Expression(Func, ABC):
    """An expression over one other, written for each database by :meth:`sql_for`."""

    @abstractmethod
    def sql_for(self, vendor: str, inner: _Sql) -> _Sql:
        """Return it over ``inner``, for ``"postgresql"``, ``"mysql"`` or ``"sqlite"``."""

    def _as_vendor(
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        sql, params = compiler.compile(self.source_expressions[0])
        return self.sql_for(connection.vendor, _Sql(sql, tuple(params)))

    as_postgresql = as_mysql = as_sqlite = _as_vendor


class Digest(_Expression):
    """What ``models.fields.digest`` returns for some texts and one more, a column's, after them."""

    def __init__(self, *texts_and_column: Any) -> None:
        *texts, column = texts_and_column
        self._head = "".join(f"{text}\0" for text in texts).encode().hex()
        super().__init__(column, output_field=CharField(max_length=64))

    def sql_for(self, vendor: str, inner: _Sql) -> _Sql:
        # The bytes of UTF-8, whatever character set the database keeps texts in.
        if vendor == "postgresql":
            text = f"convert_to({inner.sql}, 'UTF8')"
            if self._head:
                text = f"decode('{self._head}', 'hex') || {text}"
            return _Sql(f"encode(sha256({text}), 'hex')", inner.params)
        if vendor == "mysql":
            text = f"CAST(CONVERT({inner.sql} USING utf8mb4) AS BINARY)"
            return _Sql(f"SHA2(CONCAT(X'{self._head}', {text}), 256)", inner.params)
        # A function of Django's own.
        return _Sql(f"SHA256(CAST(X'{self._head}' AS TEXT) || {inner.sql})", inner.params)


class PersonalKey(_Expression):
    """A text with ``str()`` of a user's key after it; the column holds integers or UUIDs."""

    def __init__(self, head: str, column: Any, *, of_uuids: bool) -> None:
        self._head = head
        self._of_uuids = of_uuids
        super().__init__(column, output_field=TextField())

    def sql_for(self, vendor: str, inner: _Sql) -> _Sql:
        key = f"CAST({inner.sql} AS {'CHAR' if vendor == 'mysql' else 'TEXT'})"
        params = inner.params
        if self._of_uuids and vendor != "postgresql":
            # They are kept as 32 digits there, or with hyphens, as MariaDB's own type has them.
            digits = f"LOWER(REPLACE({key}, '-', ''))"
            parts = [f"SUBSTR({digits}, {at}, {n})" for at, n in _UUID_PARTS]
            params *= len(parts)
            key = f"CONCAT_WS('-', {', '.join(parts)})" if vendor == "mysql" else _joined(parts)
        both = f"CONCAT(%s, {key})" if vendor == "mysql" else f"(%s || {key})"
        return _Sql(both, (self._head, *params))


class IsAmong(_Expression):
    """Whether a column has one of many keys, which come as one parameter where they can."""

    conditional = True

    def __init__(self, column: Any, keys: list[Any]) -> None:
        self._keys = keys
        super().__init__(column, output_field=BooleanField())

    def sql_for(self, vendor: str, inner: _Sql) -> _Sql:
        if vendor == "postgresql":
            # A hash table is made only for a column of this very type.
            kind = "bigint" if isinstance(self._keys[0], int) else "uuid"
            return _Sql(f"{inner.sql} = ANY(%s::{kind}[])", (*inner.params, self._keys))
        if vendor == "mysql":
            places = ", ".join(["%s"] * len(self._keys))
            return _Sql(f"{inner.sql} IN ({places})", (*inner.params, *self._keys))
        # Its parameters are few: 999 before version 3.32.
        every = "SELECT value FROM json_each(%s)"
        return _Sql(f"{inner.sql} IN ({every})", (*inner.params, json.dumps(self._keys)))


class IsNoRecipient(_Expression):
    """Whether a column's text may break the rule for a recipient; a few that keep it do, too."""

    conditional = True

    def __init__(self, column: Any) -> None:
        super().__init__(column, output_field=BooleanField())

    def sql_for(self, vendor: str, inner: _Sql) -> _Sql:
        text, params = inner
        if vendor == "postgresql":  # It stores no NUL.
            return _Sql(f"{text} = ''", params)
        if vendor == "mysql":
            nul = f"LOCATE(X'00', CAST({text} AS BINARY)) > 0"
            return _Sql(f"({text} = '' OR {nul})", params * 2)
        # It does not keep to a column's length either.
        rules = f"({text} = '' OR LENGTH({text}) > {KEY_LENGTH} OR INSTR({text}, CHAR(0)) > 0)"
        return _Sql(rules, params * 3)


#: Where the five parts of a UUID's digits begin, and how long they are.
_UUID_PARTS = ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))


def _joined(parts: list[str]) -> str:
    return "(" + " || '-' || ".join(parts) + ")"
