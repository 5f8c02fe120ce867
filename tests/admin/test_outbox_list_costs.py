"""A page of the outbox's list takes as many queries for many rows as for a few."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from joinchat_django.delivery.history import last_days
from joinchat_django.models import MessageTemplate

from .outbox_list import changelist, found, put

pytestmark = pytest.mark.usefixtures("left_to_a_worker")


QUERIES = ["", "?status=failed", "?group=spring", "?trigger=shop.receipt", "?q=nobody", "?q=tom"]


@pytest.mark.thorough
def test_a_page_costs_as_many_queries_for_ten_thousand_rows_as_for_ten(
    admin_client: Client, linked_user: Any
) -> None:
    cache.clear()
    template = MessageTemplate.objects.create(slug="a", name="A", body={})

    def counts() -> list[int]:
        asked = []
        for query in QUERIES:
            with CaptureQueriesContext(connection) as queries:
                found(admin_client, query)
            asked.append(len(queries))
        return asked

    same = {"user": linked_user, "template": template, "trigger": "shop.receipt"}
    put(5, status="failed", group="spring", **same)
    put(5, **same)
    few = counts()
    put(90, status="failed", group="spring", **same)
    put(9_900, **same)
    assert counts() == few
    # The visitor's session and row, four filters' choices, the page; and the overview.
    assert few[0] == 16


@pytest.mark.thorough
def test_a_walk_along_the_key_takes_no_more_queries_for_more_rows(
    admin_client: Client, linked_user: Any, twenty_are_many_rows: None
) -> None:
    last_days()  # The first look fills the cache.
    same = {"status": "failed", "group": "spring", "trigger": "shop.receipt"}

    def counts() -> list[int]:
        asked = []
        for query in ("?status=failed", "?group=spring", "?group=spring&status=failed"):
            with CaptureQueriesContext(connection) as queries:
                page = changelist(admin_client, query)
            assert page.is_walk
            asked.append(len(queries))
        return asked

    put(60, user=linked_user, **same)
    first = counts()
    put(300, user=linked_user, **same)
    assert counts() == first
    # Those of a few rows, and the ends of the outbox; of a group also those of each status.
    status, group, both = first
    assert status <= 20
    assert both <= status + 2
    assert group <= status + 2 * 7


def test_no_page_counts_or_skips_rows(admin_client: Client, db: None) -> None:
    put(120)
    with CaptureQueriesContext(connection) as asked:
        found(admin_client, "?before=1000000")
    assert not [q["sql"] for q in asked if "COUNT(" in q["sql"] or "OFFSET" in q["sql"]]
