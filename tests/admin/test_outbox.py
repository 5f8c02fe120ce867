from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import ButtonTemplate, PostbackButton, Recipient, Text
from joinchat_django.models import OutboxMessage

from .pages import page_of


def show(client: Client, row: Any) -> str:
    return client.get(page_of(OutboxMessage, "change", row.pk)).text


def test_a_row_shows_the_message_as_messenger_does_and_what_became_of_it(
    admin_client: Client, linked_user: Any
) -> None:
    menu = ButtonTemplate("Shall we?", buttons=[PostbackButton(title="Yes", block_id="1")])
    row = outbox.send(linked_user, menu, trigger="shop.receipt")
    OutboxMessage.objects.update(
        status="failed", attempts=3, last_status=400, last_error="Refused.", answer='{"no": 1}'
    )
    page = show(admin_client, row)
    assert 'class="jc-message jc-message-button"' in page
    assert "joinchat_django/preview.css" in page
    for fact in ("failed", "3", "400", "Refused.", "{&quot;no&quot;: 1}", "shop.receipt"):
        assert f">{fact}<" in page
    assert "&quot;text&quot;:&quot;Shall we?&quot;" in page


def test_amounts_are_shown_as_they_are(admin_client: Client, db: None) -> None:
    row = outbox.send(Recipient(email="a@example.com"), Text("x"))
    total = "12345678901234567890.10"
    content = '{"template_type":"receipt","currency":"USD","summary":{"total_cost":%s}}'
    OutboxMessage.objects.update(content=content % total)
    assert total in show(admin_client, row).split("joinchat-json")[0]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"template_type": 1}'])
def test_a_damaged_row_can_be_looked_at(admin_client: Client, db: None, content: str) -> None:
    row = outbox.send(Recipient(email="a@example.com"), Text("x"))
    OutboxMessage.objects.update(content=content)
    assert "a@example.com" in show(admin_client, row)


def test_a_row_whose_content_was_not_kept_says_so(admin_client: Client, db: None) -> None:
    row = outbox.send(Recipient(email="a@example.com"), Text("x"))
    OutboxMessage.objects.update(status="sent", settled_at=timezone.now(), content="")
    page = show(admin_client, row)
    assert "The message was not kept" in page
    assert "None" not in page
    assert "joinchat-json" not in page
    # A row that still waits has lost its content by no wish of the site's.
    OutboxMessage.objects.update(status="queued", settled_at=None)
    assert "was not kept" not in show(admin_client, row)


def test_rows_are_found_by_user_and_recipient_and_filtered_by_status(
    admin_client: Client, linked_user: Any
) -> None:
    first = outbox.send(linked_user, Text("x"), group="spring")
    second = outbox.send(Recipient(email="a@example.com"), Text("x"))
    OutboxMessage.objects.filter(pk=second.pk).update(status="failed")

    def found(**query: str) -> list[Any]:
        return list(admin_client.get(page_of(OutboxMessage), query).context["cl"].result_list)

    assert found() == [second, first]
    assert found(q="tom") == found(q="uuid-of-tom") == found(group="spring") == [first]
    assert found(q="a@example") == found(status__exact="failed") == [second]
