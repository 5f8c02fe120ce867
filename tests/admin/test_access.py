"""Who gets in where: each of the app's pages, anonymous and without its permission."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import BotState, MessageTemplate, MessengerLink, OutboxMessage

from .pages import page_of

MODELS = (BotState, MessageTemplate, MessengerLink, OutboxMessage)


@pytest.fixture
def rows(linked_user: Any) -> dict[type, Any]:
    """One row of each model."""
    body = {"template_type": "text", "text": "Hello"}
    return {
        BotState: BotState.objects.create(bot="default", is_paused=True),
        MessageTemplate: MessageTemplate.objects.create(slug="a", name="A", body=body),
        MessengerLink: MessengerLink.objects.get(),
        OutboxMessage: outbox.send(Recipient(email="a@example.com"), Text("Hello")),
    }


def pages(rows: dict[type, Any]) -> list[str]:
    found = [page_of(model, page) for model in MODELS for page in ("changelist", "add")]
    for model, row in rows.items():
        found += [page_of(model, page, row.pk) for page in ("change", "delete", "history")]
    return [*found, page_of(BotState, "resume", "default")]


def test_an_anonymous_visitor_is_asked_to_sign_in(client: Client, rows: dict[type, Any]) -> None:
    for url in pages(rows):
        for response in (client.get(url), client.post(url, {"post": "yes"})):
            assert response.status_code == 302
            assert response["Location"].startswith(reverse("admin:login")), url
    assert BotState.objects.get().is_paused


def test_staff_without_a_permission_get_nowhere(staff_client: Any, rows: dict[type, Any]) -> None:
    client = staff_client()
    for url in pages(rows):
        assert client.post(url, {"post": "yes"}).status_code == 403, url
        if not url.endswith("/resume/"):
            assert client.get(url).status_code == 403, url
    assert BotState.objects.get().is_paused


@pytest.mark.parametrize("model", [BotState, OutboxMessage])
def test_what_the_app_writes_is_for_reading(
    admin_client: Client, rows: dict[type, Any], model: type
) -> None:
    for page in ("changelist", "change", "history"):
        arguments = () if page == "changelist" else (rows[model].pk,)
        assert admin_client.get(page_of(model, page, *arguments)).status_code == 200
    for url in (
        page_of(model, "add"),
        page_of(model, "change", rows[model].pk),
        page_of(model, "delete", rows[model].pk),
    ):
        assert admin_client.post(url, {"post": "yes"}).status_code == 403
    assert model.objects.count() == 1  # type: ignore[attr-defined]


def test_lists_take_as_many_queries_for_many_rows_as_for_one(
    admin_client: Client, rows: dict[type, Any], django_assert_num_queries: Any
) -> None:
    def counted(model: type[Model]) -> int:
        url = page_of(model)
        with django_assert_num_queries(QUERIES[model]):
            return admin_client.get(url).context["cl"].result_count  # type: ignore[no-any-return]

    assert [counted(model) for model in MODELS] == [1, 1, 1, 1]
    users = get_user_model()
    for number in range(5):
        user = users.objects.create_user(username=f"user{number}")
        MessengerLink.objects.create(user=user, uuid=str(number))
        BotState.objects.create(bot=str(number), is_paused=True)
        body = {"template_type": "text", "text": "Hello"}
        made = MessageTemplate.objects.create(slug=str(number), name="A", body=body)
        outbox.send(user, made)
    assert [counted(model) for model in MODELS] == [6, 6, 6, 6]


#: The session, the visitor, and what the list needs; a template's list counts the whole table.
QUERIES = {BotState: 5, MessageTemplate: 5, MessengerLink: 4, OutboxMessage: 4}
