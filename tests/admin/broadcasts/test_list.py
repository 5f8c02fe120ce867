"""The list of broadcasts, and what can be deleted from it."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from joinchat_django.models import Broadcast
from tests.admin.pages import drafted, page_of, users_page

from .steps import press


def test_the_list_shows_how_far_each_has_come(
    admin_client: Client, running: Broadcast, people: list[Any]
) -> None:
    drafted(admin_client, users_page(), people)
    seen = admin_client.get(page_of(Broadcast))
    assert "Spring news" in seen.text
    assert "continue editing" in seen.text
    assert '<progress class="joinchat-progress" max="100" value="0"' in seen.text
    filtered = admin_client.get(page_of(Broadcast), {"status__exact": "running"})
    assert list(filtered.context["cl"].result_list) == [running]


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    admin_client: Client, running: Broadcast
) -> None:
    counts = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(page_of(Broadcast))
        counts.append(len(queries))
        Broadcast.objects.bulk_create(
            Broadcast(status="running", model=running.model, requested_by=running.requested_by)
            for _number in range(20)
        )
    assert counts[0] == counts[1]


def test_one_that_is_over_can_be_deleted_and_no_other(
    admin_client: Client, running: Broadcast
) -> None:
    url = page_of(Broadcast, "delete", running.pk)
    assert admin_client.post(url, {"post": "yes"}).status_code == 403
    press(admin_client, running, "cancel")
    assert admin_client.get(url).status_code == 200
    admin_client.post(url, {"post": "yes"})
    assert not Broadcast.objects.exists()
