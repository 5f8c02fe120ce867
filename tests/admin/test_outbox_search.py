"""The outbox's search: the same on every database, and through indexes alone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import OutboxMessage

from .outbox_list import found
from .pages import page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]


def message_to(username: str, email: str = "") -> int:
    """Write a row to a new user, and return its key."""
    user = get_user_model().objects.create(username=username, email=email)
    row = OutboxMessage.objects.create(
        user=user, recipient_kind="uuid", recipient_value=username, content="{}"
    )
    return row.pk


def asked_of_users(client: Client, words: str) -> list[str]:
    table = get_user_model()._meta.db_table
    with CaptureQueriesContext(connection) as asked:
        found(client, q=words)
    about = [query["sql"].replace("`", '"') for query in asked]
    return [sql for sql in about if f'FROM "{table}"' in sql and "LIMIT 50" in sql]


@pytest.mark.thorough
def test_rows_are_found_by_what_an_index_knows(admin_client: Client, linked_user: Any) -> None:
    linked_user.email = "tom@example.com"
    linked_user.save()
    own = outbox.send(linked_user, Text("x"), idempotency_key="receipt-17").pk
    mail = outbox.send(Recipient(email="a@example.com"), Text("x"), group="spring").pk
    both = outbox.send(Recipient(email="tom@example.com"), Text("x")).pk
    assert found(admin_client, q="tom") == found(admin_client, q="to") == [own]
    assert found(admin_client, q="uuid-of-tom") == found(admin_client, q="receipt-17") == [own]
    assert found(admin_client, q="a@example.com") == found(admin_client, q=" spring ") == [mail]
    assert found(admin_client, q=f"#{mail}") == [mail]
    assert found(admin_client, q="tom@example.com") == [both, own]
    for words in ("uuid-of", "a@example", "sprin", "om", "x", "#0", "%", "#" + "9" * 18):
        assert found(admin_client, q=words) == [], words


def test_a_search_goes_with_filters(admin_client: Client, linked_user: Any) -> None:
    first, second = (outbox.send(linked_user, Text("x")) for _ in range(2))
    OutboxMessage.objects.filter(pk=second.pk).update(status="failed")
    assert found(admin_client, q="tom", status="queued") == [first.pk]


def test_no_part_of_a_text_is_compared_with_the_outbox(
    admin_client: Client, linked_user: Any
) -> None:
    outbox.send(linked_user, Text("x"))
    with CaptureQueriesContext(connection) as asked:
        found(admin_client, q="tom")
    of_outbox = [q["sql"] for q in asked if "outboxmessage" in q["sql"]]
    assert of_outbox
    assert not any("LIKE" in statement for statement in of_outbox)


def test_the_list_says_what_can_be_searched_for(admin_client: Client) -> None:
    assert "Search for a user name" in admin_client.get(page_of(OutboxMessage)).text


# Users


def test_a_user_is_found_by_a_name_as_it_is_written_or_in_lower_case(
    admin_client: Client,
) -> None:
    wang, tom, anna = message_to("王小明"), message_to("Tom"), message_to("anna_b")
    assert found(admin_client, q="Tom") == found(admin_client, q="To") == [tom]
    assert found(admin_client, q="tom") == found(admin_client, q="TOM") == []
    assert found(admin_client, q="ANNA_B") == found(admin_client, q="Anna") == [anna]
    assert found(admin_client, q="王小") == [wang]
    for words in ("ann%", "a__a", "nna", "anna-", "anna_b\U0010ffff"):
        assert found(admin_client, q=words) == [], words


def test_whoever_is_called_that_goes_before_those_whose_names_begin_so(
    admin_client: Client,
) -> None:
    tom, _tommy = message_to("tom"), message_to("tommy")
    assert found(admin_client, q="tom") == [tom]
    # Only the first field that knows somebody is asked.
    assert len(asked_of_users(admin_client, "tom")) == 1


def test_an_address_is_looked_for_as_a_whole(admin_client: Client) -> None:
    row = message_to("eve", "eve@example.com")
    assert found(admin_client, q="eve@example.com") == [row]
    assert found(admin_client, q="Eve@Example.com") == [row]
    assert found(admin_client, q="eve@exam") == []


def test_nothing_is_asked_of_a_column_without_an_index_unless_it_is_an_address(
    admin_client: Client,
) -> None:
    """Django's own users have no index on their addresses."""
    message_to("tom")
    asked = asked_of_users(admin_client, "nobody")
    assert asked
    for sql in asked:
        assert "email" not in sql.partition("WHERE")[2], sql
        assert " OR " not in sql
