"""A page of new rows in one statement, with what all have in common in it once."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db import connections
from django.db.models import (
    AutoField,
    BigAutoField,
    BigIntegerField,
    CharField,
    DateTimeField,
    Field,
    IntegerField,
    TextField,
)

from joinchat_django.models import OutboxMessage

#: Types that JSON has a text for which the databases read back as the same value.
_IN_JSON = frozenset((str, int, type(None), uuid.UUID, datetime.datetime))

#: Fields that make nothing of an integer, as one of a site's own may.
_INTEGERS = (AutoField, BigAutoField, BigIntegerField, IntegerField)

#: What only reads a row's value before it is saved. No time in the outbox has ``auto_now``.
_READS_VALUE = (Field.pre_save, DateTimeField.pre_save)


class Column(NamedTuple):
    """A field of some rows: their values as the database takes them, or the one that all have."""

    field: Any
    values: list[Any]
    is_common: bool


def insert_together(rows: list[OutboxMessage], using: str) -> None:
    """Insert new rows, at least one, in their order, as ``bulk_create`` does.

    Their keys are not for the caller to give, nor set here. Some three times as quick: what is the
    same in all rows is prepared and handed over once. Goes to ``bulk_create`` on other databases
    than PostgreSQL, SQLite, MariaDB and MySQL, and with values that are expressions. Raises the
    database's errors.
    """
    connection = connections[using]
    columns = columns_of(rows, connection)
    insert = _INSERTS.get(connection.vendor)
    if columns is None or insert is None:
        OutboxMessage.objects.using(using).bulk_create(rows)
    else:
        insert(columns, len(rows), connection)


def can_insert(connection: Any) -> bool:
    """Tell whether :func:`insert_like` knows a database."""
    return connection.vendor in _INSERTS


def insert_like(row: OutboxMessage, differing: dict[str, list[Any]], using: str) -> None:
    """Insert new rows, at least one, that are like a given one but for some fields.

    ``differing`` has the values of these, by the field's name. Nothing is an expression, and no
    digest is worked out. Raises ``TypeError`` for a value that is not for us to write, and the
    database's errors.
    """
    connection = connections[using]
    columns = []
    for field in _fields():
        values = differing.get(field.name) or [field.pre_save(row, True)]
        column = _column(field, values, connection)
        if column is None:
            raise TypeError(f"{field.name} cannot be written like this.")
        columns.append(column)
    count = len(next(iter(differing.values())))
    _INSERTS[connection.vendor](columns, count, connection)


def columns_of(rows: list[OutboxMessage], connection: Any) -> list[Column] | None:
    """Return all columns but the key's, or None if they are not for us to write.

    That is where a row refers to an object that is not saved, or has an expression for a value.
    """
    if any(map(_is_loose, rows)):
        return None
    # Their attributes themselves: asking 900 rows for 25 of them by name takes three times as long.
    data = [vars(row) for row in rows]
    columns = []
    for field in _fields():
        values = (
            [field.pre_save(row, True) for row in rows]
            if type(field).pre_save not in _READS_VALUE
            else [of_one[field.attname] for of_one in data]
        )
        column = _column(field, values, connection)
        if column is None:
            return None
        columns.append(column)
    return columns


def _fields() -> Iterator[Any]:
    """Yield all fields that a statement writes."""
    for field in OutboxMessage._meta.local_concrete_fields:
        if not (field.primary_key or field.generated):
            yield field


def _column(field: Any, values: list[Any], connection: Any) -> Column | None:
    is_common = values.count(values[0]) == len(values)
    values = values[:1] if is_common else values
    if any(hasattr(kind, "resolve_expression") for kind in set(map(type, values))):
        return None
    prepared = (
        values
        if _goes_as_it_is(field, {*map(type, values)})
        else [field.get_db_prep_save(value, connection) for value in values]
    )
    if not (is_common or _IN_JSON.issuperset(map(type, prepared))):
        return None
    return Column(field, prepared, is_common)


def _goes_as_it_is(field: Any, kinds: set[type]) -> bool:
    """Whether a database takes values of some types as they are.

    Asking the field for each of them takes longer than all else here.
    """
    if kinds == {int}:
        return type(field.target_field if field.is_relation else field) in _INTEGERS
    return kinds == {str} and isinstance(field, (CharField, TextField))


def _is_loose(row: OutboxMessage) -> bool:
    """Whether a row refers to an object that had no key when it was assigned."""
    for name, other in row._state.fields_cache.items():
        field: Any = OutboxMessage._meta.get_field(name)
        if other is not None and (other.pk is None or vars(row)[field.attname] is None):
            return True
    return False


def _insert_arrays(columns: list[Column], count: int, connection: Any) -> None:
    """Insert by one statement that reads a JSON array for each column in which rows differ."""
    common = [column for column in columns if column.is_common]
    differing = [column for column in columns if not column.is_common]
    names = [f"v{index}" for index in range(len(differing))]
    selected = [f"%s::{_cast_type(column, connection)}" for column in common]
    selected += [
        f"{name}::{_cast_type(column, connection)}"
        for name, column in zip(names, differing, strict=True)
    ]
    values: list[Any] = [column.values[0] for column in common]
    if differing:
        arrays = ", ".join(["json_array_elements_text(%s::json)"] * len(differing))
        source = f"ROWS FROM ({arrays}) AS page({', '.join(names)})"
        values += [_json(column.values) for column in differing]
    else:
        source = "generate_series(1, %s)"
        values.append(count)
    _execute_insert([*common, *differing], selected, source, values, connection)


def _insert_json(columns: list[Column], count: int, connection: Any) -> None:
    """Insert by one statement that reads what differs from one JSON text."""
    common = [column for column in columns if column.is_common]
    differing = [column for column in columns if not column.is_common]
    selected = ["%s"] * len(common)
    selected += [f"json_extract(value, '$[{index}]')" for index in range(len(differing))]
    rows = zip(*(column.values for column in differing), strict=True) if differing else [()] * count
    values = [*(column.values[0] for column in common), _json(list(rows))]
    _execute_insert([*common, *differing], selected, "json_each(%s)", values, connection)


def _json(values: list[Any]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"), default=str)


def _execute_insert(
    columns: list[Column], selected: list[str], source: str, values: list[Any], connection: Any
) -> None:
    beginning = _beginning(columns, connection)
    sql = f"{beginning} SELECT {', '.join(selected)} FROM {source}"  # noqa: S608  # names alone
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def _cast_type(column: Column, connection: Any) -> str:
    """Return the type for PostgreSQL to read a value as, which must not have a length.

    A cast to ``varchar(64)`` silently cuts what is longer; storing a text refuses it. ``text`` for
    all of that kind, since ``char`` alone means ``char(1)``.
    """
    name: str = column.field.db_type(connection).partition("(")[0]
    return "text" if "char" in name else name


def _insert_values(columns: list[Column], count: int, connection: Any) -> None:
    """Insert by one statement that lists the rows."""
    marks = f"({', '.join(['%s'] * len(columns))})"
    rows = zip(*(c.values * count if c.is_common else c.values for c in columns), strict=True)
    sql = f"{_beginning(columns, connection)} VALUES {', '.join([marks] * count)}"
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in row])


def _beginning(columns: list[Column], connection: Any) -> str:
    quote = connection.ops.quote_name
    names = ", ".join(quote(column.field.column) for column in columns)
    return f"INSERT INTO {quote(OutboxMessage._meta.db_table)} ({names})"


#: How to insert on a database, by its vendor.
_INSERTS: dict[str, Callable[[list[Column], int, Any], None]] = {
    "postgresql": _insert_arrays,
    "sqlite": _insert_json,
    "mysql": _insert_values,
}
