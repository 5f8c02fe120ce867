"""Tables that a site has not made yet."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection
from django.db.models import Model


@contextlib.contextmanager
def away(model: type[Model]) -> Iterator[None]:
    """Let a model's table be missing, as on a site that has not migrated."""
    table = connection.ops.quote_name(model._meta.db_table)
    elsewhere = connection.ops.quote_name("away")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {elsewhere}")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {elsewhere} RENAME TO {table}")
