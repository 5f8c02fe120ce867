"""Indexes for tables that may hold millions of rows."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models


class AddIndex(migrations.AddIndex):
    """Adds an index without a lock that keeps writers out, where the database knows how.

    PostgreSQL is told so (``CONCURRENTLY``), which no transaction allows: the migration has to say
    ``atomic = False``. MariaDB and MySQL build indexes while others write. SQLite locks.

    A migration that is not atomic may have stopped in the middle, so both directions can be run
    again: PostgreSQL, which keeps a half-built index as an invalid one, drops what is there and
    begins anew; elsewhere an index that is there, or is gone already, is left at that.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _add(schema_editor, model, self.index)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _remove(schema_editor, model, self.index)


class RemoveIndex(migrations.RemoveIndex):
    """Removes an index as :class:`AddIndex` adds one."""

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _remove(schema_editor, model, self._index_in(from_state, app_label))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            _add(schema_editor, model, self._index_in(to_state, app_label))

    def _index_in(self, state: Any, app_label: str) -> Any:
        return state.models[app_label, self.model_name_lower].get_index_by_name(self.name)


class DropIndexOfKey(migrations.AlterField):
    """Takes a foreign key's own index away; the field is altered in nothing else.

    SQLite would copy the whole table for that. MariaDB and MySQL demand another index of the key.
    """

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = from_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            names = _own_indexes(schema_editor, model, self.name)
            if schema_editor.collect_sql and not names:  # It may be printed before it is there.
                names = _names_to_be(schema_editor, model, self.name)
            for name in names:
                _remove(schema_editor, model, models.Index(fields=[self.name], name=name))

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        field = model._meta.get_field(self.name)
        # PostgreSQL has two of a text. MariaDB and MySQL got theirs with the key's constraint.
        statements = schema_editor._field_indexes_sql(model, field) or [
            schema_editor._create_index_sql(model, fields=[field])
        ]
        there = [] if schema_editor.collect_sql else _own_indexes(schema_editor, model, self.name)
        if len(there) < len(statements):
            for name in there:
                _remove(schema_editor, model, models.Index(fields=[self.name], name=name))
            for statement in statements:
                schema_editor.execute(statement)


def _names_to_be(schema_editor: Any, model: Any, name: str) -> list[str]:
    """Return the names that a field's own indexes will have: PostgreSQL has two of a text."""
    field = model._meta.get_field(name)
    like = getattr(schema_editor, "_create_like_index_sql", lambda *_args: None)(model, field)
    return [
        schema_editor._create_index_name(model._meta.db_table, [field.column], suffix=suffix)
        for suffix in (["", "_like"] if like else [""])
    ]


def _own_indexes(schema_editor: Any, model: Any, name: str) -> list[str]:
    """Return the names of a field's own indexes, which no model declares."""
    declared = {index.name for index in model._meta.indexes}
    column = model._meta.get_field(name).column
    return [
        name
        for name, found in _constraints(schema_editor, model).items()
        if found["index"]
        and not (found["unique"] or found["primary_key"])
        and found["columns"] == [column]
        and name not in declared
    ]


def _add(schema_editor: Any, model: Any, index: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        # IF EXISTS, as Django spells it.
        schema_editor.remove_index(model, index, concurrently=True)
        schema_editor.add_index(model, index, concurrently=True)
    elif schema_editor.collect_sql or not _is_there(schema_editor, model, index):
        schema_editor.add_index(model, index)


def _remove(schema_editor: Any, model: Any, index: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.remove_index(model, index, concurrently=True)
    elif schema_editor.collect_sql or _is_there(schema_editor, model, index):
        schema_editor.remove_index(model, index)


def _is_there(schema_editor: Any, model: Any, index: Any) -> bool:
    return index.name in _constraints(schema_editor, model)


def _constraints(schema_editor: Any, model: Any) -> dict[str, Any]:
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        found: dict[str, Any] = connection.introspection.get_constraints(
            cursor, model._meta.db_table
        )
    return found
