"""A message's page in the outbox: what it says, what became of it, and who sees which."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.admin import outbox_row
from joinchat_django.api import ButtonTemplate, PostbackButton, Recipient, Text
from joinchat_django.models import DeliveryAttempt, OutboxMessage
from joinchat_django.outbox.rows import held_until

from .outbox_rows import attempt, put
from .pages import page_of


@pytest.fixture
def row(db: None) -> OutboxMessage:
    """A message that waits."""
    return put("queued")


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


def test_amounts_are_shown_as_they_are(admin_client: Client, row: OutboxMessage) -> None:
    total = "12345678901234567890.10"
    content = '{"template_type":"receipt","currency":"USD","summary":{"total_cost":%s}}'
    OutboxMessage.objects.update(content=content % total)
    assert total in show(admin_client, row).split("joinchat-json")[0]


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"template_type": 1}'])
def test_a_damaged_row_can_be_looked_at(
    admin_client: Client, row: OutboxMessage, content: str
) -> None:
    OutboxMessage.objects.update(content=content)
    assert row.recipient_value in show(admin_client, row)


def test_a_row_whose_content_was_not_kept_says_so(admin_client: Client, row: OutboxMessage) -> None:
    OutboxMessage.objects.update(status="sent", settled_at=timezone.now(), content="")
    page = show(admin_client, row)
    assert "The message was not kept" in page
    assert "None" not in page
    assert "joinchat-json" not in page
    # A row that still waits has lost its content by no wish of the site's.
    OutboxMessage.objects.update(status="queued", settled_at=None)
    assert "was not kept" not in show(admin_client, row)


class TestAttempts:
    @pytest.fixture
    def tried(self, row: OutboxMessage) -> OutboxMessage:
        """A row that failed twice and was sent in the end."""
        for number, status in ((1, 503), (2, 429)):
            error = f"<b>Error {status}</b>"
            attempt(row, number=number, http_status=status, error=error, answer="busy")
        OutboxMessage.objects.update(
            status="sent", attempts=3, last_status=200, last_error="", answer='{"ok": 1}'
        )
        row.refresh_from_db()
        return row

    def test_are_shown_with_what_joinchat_answered(
        self, admin_client: Client, tried: OutboxMessage
    ) -> None:
        response = admin_client.get(page_of(OutboxMessage, "change", tried.pk))
        shown = response.context["attempts"]
        assert [(one.number, one.http_status, one.status) for one in shown] == [
            (1, 503, "queued"),
            (2, 429, "queued"),
            (3, 200, "sent"),
        ]
        assert "&lt;b&gt;Error 503&lt;/b&gt;" in response.text
        assert "{&quot;ok&quot;: 1}" in response.text

    def test_that_failed_stand_there_once(self, admin_client: Client, tried: OutboxMessage) -> None:
        last = {"last_status": 429, "last_error": "Error 429"}
        for status in ("failed", "uncertain", "queued", "sent"):
            OutboxMessage.objects.update(status=status, attempts=2, **last)
            response = admin_client.get(page_of(OutboxMessage, "change", tried.pk))
            assert len(response.context["attempts"]) == 2, status

    def test_of_a_row_that_is_older_than_their_log_are_its_last_one(
        self, admin_client: Client, tried: OutboxMessage
    ) -> None:
        DeliveryAttempt.objects.all().delete()
        OutboxMessage.objects.update(status="failed", last_error="Refused.", last_status=400)
        response = admin_client.get(page_of(OutboxMessage, "change", tried.pk))
        assert [one.error for one in response.context["attempts"]] == ["Refused."]

    def test_beyond_the_last_ones_are_said_to_be_there(
        self, admin_client: Client, tried: OutboxMessage, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(outbox_row, "ATTEMPTS", 2)
        words = "Earlier attempts are not shown here."
        assert words not in show(admin_client, tried)
        monkeypatch.setattr(outbox_row, "ATTEMPTS", 1)
        response = admin_client.get(page_of(OutboxMessage, "change", tried.pk))
        assert words in response.text
        assert [one.number for one in response.context["attempts"]] == [2, 3]

    def test_are_not_there_yet(self, admin_client: Client, row: OutboxMessage) -> None:
        assert "No attempt was made yet." in show(admin_client, row)


def test_who_may_not_read_content_sees_what_became_of_a_message_and_no_text(
    staff_client: Any, linked_user: Any
) -> None:
    client = staff_client("view_outboxmessage", "send_message")
    row = outbox.send(linked_user, Text("The secret text"), trigger="shop.receipt")
    told = {"last_error": "An error’s words", "answer": "An answer’s words", "last_status": 503}
    OutboxMessage.objects.update(status="failed", attempts=1, settled_at=timezone.now(), **told)
    attempt(
        row,
        outcome="failed",
        http_status=503,
        error="An error’s words",
        answer="An answer’s words",
    )
    for page in (show(client, row), client.get(page_of(OutboxMessage)).text):
        assert "shop.receipt" in page
        assert ">failed<" in page
        for text in ("The secret text", "An error", "An answer", "jc-message"):
            assert text not in page
    assert ">503<" in show(client, row)


@pytest.mark.parametrize(
    "lookup",
    ["content__contains", "answer__contains", "last_error__startswith", "user__password__contains"],
)
def test_what_a_message_says_cannot_be_guessed_by_filtering(
    staff_client: Any, linked_user: Any, lookup: str
) -> None:
    client = staff_client("view_outboxmessage")
    outbox.send(linked_user, Text("The secret text"))
    assert client.get(page_of(OutboxMessage), {lookup: "secret"}).status_code == 400


def test_when_a_message_is_due_is_said_in_words(admin_client: Client, row: OutboxMessage) -> None:
    later = timezone.now() + datetime.timedelta(days=1)
    OutboxMessage.objects.update(status="queued", send_at=later, attempts=0)
    assert ", scheduled<" in show(admin_client, row)
    OutboxMessage.objects.update(attempts=2)
    assert ", to be tried again<" in show(admin_client, row)
    OutboxMessage.objects.update(send_at=held_until())
    assert "held back until somebody lets it go on" in show(admin_client, row)


def test_markup_in_what_others_named_stays_text(admin_client: Client, db: None) -> None:
    bad = "<i onload=x>"
    row = outbox.send(Recipient(email=bad), Text("x"), group=bad, trigger=bad, idempotency_key=bad)
    for page in (
        show(admin_client, row),
        admin_client.get(page_of(OutboxMessage), {"group": bad}).text,
        admin_client.get(page_of(OutboxMessage), {"trigger": bad, "q": bad}).text,
    ):
        assert "&lt;i onload=x&gt;" in page
        assert "<i onload" not in page
