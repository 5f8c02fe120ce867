"""An index that leaves out the rows that nobody looks up by it, on the databases that can."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.models import Q


class SparseIndex(models.Index):
    """An index without the rows whose first column holds nothing.

    That is NULL, or in a column without NULL the empty text. Most rows of an outbox belong to no
    group, no trigger and no template; PostgreSQL would write an entry for each, and again at each
    change of the row. A condition of the index's own would say so, too, but MariaDB and MySQL
    would leave the whole index out then. There it has all rows, as any index; so it has on SQLite
    where the column is a text without NULL, since SQLite uses a partial index only for what it can
    tell by ``IS NOT NULL``.
    """

    def __init__(self, *, fields: Sequence[str], name: str) -> None:
        super().__init__(fields=fields, name=name)

    def create_sql(self, model: Any, schema_editor: Any, using: str = "", **options: Any) -> Any:
        """Return the statement that creates it on the schema editor's database."""
        condition = self._condition(model, schema_editor.connection)
        index = models.Index(fields=self.fields, name=self.name, condition=condition)
        return index.create_sql(model, schema_editor, using=using, **options)

    def _condition(self, model: Any, connection: Any) -> Q | None:
        first = model._meta.get_field(self.fields_orders[0][0])
        if not connection.features.supports_partial_indexes:
            return None
        if first.null:
            return Q(**{f"{first.name}__isnull": False})
        return ~Q(**{first.name: ""}) if connection.vendor == "postgresql" else None
