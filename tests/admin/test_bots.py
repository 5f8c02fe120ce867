from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery import pauses
from joinchat_django.models import BotState, OutboxMessage

from .pages import page_of, remarks


@pytest.fixture
def paused(db: None) -> str:
    """The address that resumes a bot, which is paused."""
    pauses.pause("default", 600, "The secret is wrong.")
    return page_of(BotState, "resume", "default")


def test_a_paused_bot_is_shown_with_the_reason(admin_client: Client, paused: str) -> None:
    for url in (page_of(BotState), page_of(BotState, "change", "default")):
        page = admin_client.get(url).text
        assert ">paused<" in page
        assert "The secret is wrong." in page
    assert f'formaction="{paused}"' in page


@pytest.mark.django_db(transaction=True)
def test_resuming_lets_what_waits_go_out(
    admin_client: Client, paused: str, delivered: list[Any]
) -> None:
    outbox.send(Recipient(email="a@example.com"), Text("x"))
    assert not delivered
    response = admin_client.post(paused)
    assert response["Location"] == page_of(BotState, "change", "default")
    assert remarks(response) == ["“default” sends again."]
    assert len(delivered) == 1
    assert OutboxMessage.objects.get().status == "sent"
    assert LogEntry.objects.get().change_message == "Resumed."
    assert "formaction" not in admin_client.get(response["Location"]).text
    assert remarks(admin_client.post(paused)) == ["“default” is not paused."]


def test_resuming_is_done_by_post_alone(admin_client: Client, paused: str) -> None:
    response = admin_client.get(paused)
    assert (response.status_code, response["Allow"]) == (405, "POST")
    assert BotState.objects.get().is_paused


def test_resuming_needs_the_permission_to_change_bots(staff_client: Any, paused: str) -> None:
    client = staff_client("view_botstate")
    assert "formaction" not in client.get(page_of(BotState, "change", "default")).text
    assert client.post(paused).status_code == 403
    assert BotState.objects.get().is_paused


def test_resuming_needs_a_csrf_token(admin_user: Any, paused: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(paused).status_code == 403
    assert BotState.objects.get().is_paused


def test_an_unknown_bot_is_not_there(admin_client: Client, db: None) -> None:
    assert admin_client.post(page_of(BotState, "resume", "nobody")).status_code == 404
