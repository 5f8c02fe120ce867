"""A draft is sent, once."""

from __future__ import annotations

import json
from typing import Any

from django.contrib.admin.models import LogEntry
from django.test import Client

from joinchat_django.models import Broadcast, OutboxMessage
from tests.admin.pages import compose, page_of, send, users_page

from .steps import page, template


def contents() -> dict[str, str]:
    rows = OutboxMessage.objects.select_related("user")
    return {str(row.user): json.loads(row.content)["text"] for row in rows}


def test_it_goes_to_those_who_are_reached_and_says_who_asked_for_it(
    admin_client: Client,
    admin_user: Any,
    people: list[Any],
    delivered: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    made = template(tag="ACCOUNT_UPDATE")
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(admin_client, users_page(), people, "", source="template", template=made.pk)
    assert contents() == {"ann": "Hello ann", "bob": "Hello bob"}
    assert {d.envelope.recipient.value for d in delivered} == {"uuid-of-ann", "uuid-of-bob"}
    rows = OutboxMessage.objects.all()
    assert {(row.tag, row.requested_by) for row in rows} == {("ACCOUNT_UPDATE", admin_user)}
    assert {row.group for row in rows} == {sent.group}
    seen = page(admin_client, sent).context
    assert (seen["status"], seen["done"], seen["total"]) == ("finished", 3, 3)
    assert seen["texts"]["percent"] == "100%"


def test_a_second_click_starts_it_once(admin_client: Client, running: Broadcast) -> None:
    url = page_of(Broadcast, "review", running.pk)
    for _click in range(2):
        assert admin_client.post(url, {"reviewed": "x"})["Location"] == page_of(
            Broadcast, "change", running.pk
        )
    assert compose(admin_client, running, "Another")["Location"].endswith("/change/")
    for name in ("compose", "review"):
        assert page(admin_client, running, name)["Location"].endswith("/change/")
    running.refresh_from_db()
    assert running.body == {"template_type": "text", "text": "Hello"}
    assert LogEntry.objects.filter(object_id=str(running.pk)).count() == 1
