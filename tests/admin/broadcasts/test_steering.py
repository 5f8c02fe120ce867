"""Pause, resume, cancel, and try again what failed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from joinchat_django.models import Broadcast, OutboxMessage
from tests.admin.pages import remarks, send, users_page

from .steps import page, press


def test_it_is_paused_resumed_and_cancelled_and_the_log_says_by_whom(
    admin_client: Client, admin_user: Any, running: Broadcast
) -> None:
    statuses = []
    for button in ("pause", "resume", "pause", "cancel"):
        assert press(admin_client, running, button).status_code == 302
        statuses.append(running.status)
    assert statuses == ["paused", "running", "paused", "cancelled"]
    assert "moved on" in remarks(press(admin_client, running, "resume"))[-1]
    log = LogEntry.objects.filter(object_id=str(running.pk)).order_by("pk")
    told = [entry.get_change_message() for entry in log]
    assert told == ["Started.", "Paused.", "Resumed.", "Paused.", "Cancelled."]
    assert {entry.user for entry in log} == {admin_user}


def test_failed_ones_are_tried_again(
    admin_client: Client,
    people: list[Any],
    delivered: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(admin_client, users_page(), people, "Hello")
    assert "Try failed ones again" not in page(admin_client, sent).text
    for status in ("expired", "failed"):
        OutboxMessage.objects.filter(user=people[0]).update(status=status)
        assert "Try failed ones again" in page(admin_client, sent).text
    delivered.clear()
    with django_capture_on_commit_callbacks(execute=True):
        press(admin_client, sent, "retry")
    assert [d.envelope.recipient.value for d in delivered] == ["uuid-of-ann"]


@pytest.mark.parametrize("button", ["pause", "resume", "cancel", "retry"])
def test_a_draft_cannot_be_steered(admin_client: Client, draft: Broadcast, button: str) -> None:
    told = remarks(press(admin_client, draft, button))
    assert told == ["Nothing changed: this is a draft. Send it, or discard it."]
    assert draft.status == "draft"


def test_a_cancelled_one_offers_nothing_more(admin_client: Client, running: Broadcast) -> None:
    press(admin_client, running, "cancel")
    offered = page(admin_client, running).context
    assert not any(offered[f"may_{verb}"] for verb in ("pause", "resume", "cancel", "retry"))
