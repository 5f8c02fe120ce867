"""Rows where they are written, whatever a site's routers say of reading; and locking them."""

from __future__ import annotations

from typing import TypeVar

from django.db import connections, router
from django.db.models import Model, QuerySet

Row = TypeVar("Row", bound=Model)


def on_primary(model: type[Row]) -> QuerySet[Row]:
    """Return the rows of a model on the database that they are written to.

    A replica may lag behind it, and nothing can be locked there.
    """
    return model._base_manager.using(router.db_for_write(model))


def for_update(rows: QuerySet[Row], *, skip_locked: bool = False) -> QuerySet[Row]:
    """Return rows that whoever reads them locks for the rest of the transaction.

    SQLite is locked as a whole, by this call. With ``skip_locked`` the rows come without those that
    somebody else has locked, where the database can tell.
    """
    connection = connections[rows.db]
    features = connection.features
    if features.has_select_for_update:
        skip = skip_locked and features.has_select_for_update_skip_locked
        return rows.select_for_update(skip_locked=skip)
    # One writer at a time: what begins with a write, be it of nothing, owns the file from then on.
    # No key equals NULL.
    quote, meta = connection.ops.quote_name, rows.model._meta
    table, key = quote(meta.db_table), quote(str(meta.pk.column))
    other = quote(str(meta.concrete_fields[-1].column))
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {other} = {other} WHERE {key} = NULL")  # noqa: S608
    return rows
