"""How the outbox's search finds a user: the same way on every database, through indexes."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from joinchat_django.models import OutboxMessage

from .pages import page_of

pytestmark = pytest.mark.django_db


def put(username: str, email: str = "") -> int:
    """Write a row to a user, and return its key."""
    user = get_user_model().objects.create(username=username, email=email)
    row = OutboxMessage.objects.create(
        user=user, recipient_kind="uuid", recipient_value=username, content="{}"
    )
    return row.pk


def found(client: Client, words: str) -> list[int]:
    page = client.get(page_of(OutboxMessage), {"q": words})
    return sorted(row.pk for row in page.context["cl"].result_list)


def asked_of_users(client: Client, words: str) -> list[str]:
    table = get_user_model()._meta.db_table
    with CaptureQueriesContext(connection) as asked:
        found(client, words)
    about = [query["sql"].replace("`", '"') for query in asked]
    return [sql for sql in about if f'FROM "{table}"' in sql and "LIMIT 50" in sql]


def test_by_how_it_is_written_or_in_lower_case(admin_client: Client) -> None:
    wang, tom, anna = put("王小明"), put("Tom"), put("anna_b")
    assert found(admin_client, "Tom") == found(admin_client, "To") == [tom]
    assert found(admin_client, "tom") == found(admin_client, "TOM") == []
    assert found(admin_client, "ANNA_B") == found(admin_client, "Anna") == [anna]
    assert found(admin_client, "王小") == [wang]
    for words in ("ann%", "a__a", "nna", "anna-", "anna_b\U0010ffff"):
        assert found(admin_client, words) == [], words


def test_whoever_is_called_that_goes_before_those_whose_names_begin_so(
    admin_client: Client,
) -> None:
    tom, _tommy = put("tom"), put("tommy")
    assert found(admin_client, "tom") == [tom]
    # Only the first field that knows somebody is asked.
    assert len(asked_of_users(admin_client, "tom")) == 1


def test_an_address_is_looked_for_as_a_whole(admin_client: Client) -> None:
    row = put("eve", "eve@example.com")
    assert found(admin_client, "eve@example.com") == [row]
    assert found(admin_client, "Eve@Example.com") == [row]
    assert found(admin_client, "eve@exam") == []


def test_nothing_is_asked_of_a_column_without_an_index_unless_it_is_an_address(
    admin_client: Client,
) -> None:
    """Django's own users have no index on their addresses."""
    put("tom")
    asked = asked_of_users(admin_client, "nobody")
    assert asked
    for sql in asked:
        assert "email" not in sql.partition("WHERE")[2], sql
        assert " OR " not in sql
