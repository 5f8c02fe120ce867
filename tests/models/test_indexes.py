"""Indexes that leave out rows which hold nothing, where the database can have such."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.models.indexes import SparseIndex

pytestmark = pytest.mark.django_db

SPARSE = {
    index.name: index.fields[0]
    for index in OutboxMessage._meta.indexes
    if isinstance(index, SparseIndex)
}


def condition(name: str) -> str:
    """What the database says of the rows that an index has; empty if it has all."""
    table = {
        "postgresql": "SELECT indexdef FROM pg_indexes WHERE indexname = %s",
        "sqlite": "SELECT sql FROM sqlite_master WHERE name = %s",
        "mysql": (
            "SELECT DISTINCT index_name FROM information_schema.statistics WHERE index_name = %s"
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(table[connection.vendor], [name])
        [(definition,)] = cursor.fetchall()
    return str(definition).partition(" WHERE ")[2]


def plan_of(rows: Any) -> str:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # It reads a small table as a whole.
    return str(rows.explain())


class TestASparseIndex:
    @pytest.mark.parametrize("name", SPARSE)
    def test_has_no_rows_that_hold_nothing_where_the_database_can(self, name: str) -> None:
        may_be_null = OutboxMessage._meta.get_field(SPARSE[name]).null
        if connection.vendor == "mysql" or (connection.vendor == "sqlite" and not may_be_null):
            assert condition(name) == ""
        elif may_be_null:
            assert condition(name).strip("()").endswith("IS NOT NULL")
        else:
            assert "''" in condition(name)

    @pytest.mark.parametrize("name", SPARSE)
    def test_is_used_for_what_is_looked_up(self, name: str, django_user_model: Any) -> None:
        if connection.vendor == "mysql":
            pytest.skip("It reads a small table as a whole.")
        template = MessageTemplate.objects.create(
            slug="a", name="A", body={"template_type": "text", "text": "Hello"}
        )
        staff = django_user_model.objects.create(username="staff")
        values = {"group": "spring", "trigger": "shop", "template": template, "requested_by": staff}
        rows = OutboxMessage.objects.filter(**{SPARSE[name]: values[SPARSE[name]]})
        assert name in plan_of(rows)

    def test_is_told_from_another_by_what_it_covers(self) -> None:
        index = SparseIndex(fields=["group"], name="one")
        assert index == SparseIndex(fields=["group"], name="one") == index.clone()
        assert index != SparseIndex(fields=["trigger"], name="one")
