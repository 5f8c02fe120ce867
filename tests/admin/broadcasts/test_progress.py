"""The page of a broadcast tells how far it is, and what keeps it from going on."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django.admin import broadcast_controls
from joinchat_django.broadcasts import fan_out
from joinchat_django.models import BotState, Broadcast, OutboxMessage
from tests.admin.pages import page_of, send, users_page

from .steps import page, press


def test_the_page_counts_by_status_and_leads_to_the_outbox(
    admin_client: Client, people: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(admin_client, users_page(), people, "Hello")
    seen = page(admin_client, sent)
    urls = {str(name): url for name, _label, _number, url in seen.context["counts"]}
    numbers = {str(name): number for name, _label, number, _url in seen.context["counts"]}
    assert numbers["sent"] == "2"
    assert numbers["queued"] == "0"
    outbox = admin_client.get(urls["sent"]).context["cl"]
    assert len(outbox.result_list) == 2
    assert len(admin_client.get(urls["failed"]).context["cl"].result_list) == 0


def test_its_news_come_as_json_and_are_never_kept(admin_client: Client, running: Broadcast) -> None:
    response = page(admin_client, running, "progress")
    news = response.json()
    assert "no-store" in response["Cache-Control"]
    assert (news["status"], news["done"], news["total"]) == ("running", 0, 3)
    assert news["moves"]
    assert not news["advances"]
    assert news["texts"]["status-sent"] == "0"


def test_its_news_are_counted_once_for_all_who_look_at_the_same_second(
    admin_client: Client, running: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast_controls, "FRESH", 60)
    page(admin_client, running, "progress")
    with CaptureQueriesContext(connection) as queries:
        assert page(admin_client, running, "progress").json()["total"] == 3
    assert not [query for query in queries if "joinchat_django_outboxmessage" in query["sql"]]


def test_it_stays_at_a_hundred_percent_when_the_outbox_is_pruned(
    admin_client: Client, people: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(admin_client, users_page(), people, "Hello")
    OutboxMessage.objects.all().delete()
    assert page(admin_client, sent).context["texts"]["percent"] == "100%"


@pytest.mark.parametrize("button", ["pause", "cancel"])
def test_it_goes_on_telling_of_what_is_in_hand(
    admin_client: Client, running: Broadcast, button: str
) -> None:
    fan_out.feed(["default"], None)
    one = OutboxMessage.objects.earliest("pk")
    OutboxMessage.objects.filter(pk=one.pk).update(status="sending")
    press(admin_client, running, button)
    assert page(admin_client, running).context["moves"]
    OutboxMessage.objects.filter(pk=one.pk).update(status="sent")
    news = page(admin_client, running, "progress").json()
    # While it is paused somebody may resume it.
    assert (news["moves"], news["waits"]) == (False, button == "pause")


@pytest.mark.django_db(transaction=True)
def test_where_nothing_works_in_the_background_the_page_says_so_and_does_it(
    admin_client: Client, running: Broadcast, delivered: list[Any], settings: Any
) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "inline"}
    seen = page(admin_client, running)
    assert seen.context["advances"]
    assert "manage.py joinchat_worker" in seen.text
    assert not delivered
    news = press(admin_client, running, "advance").json()
    assert len(delivered) == 2
    assert (news["status"], news["percent"]) == ("finished", 100)


def test_a_standstill_and_a_paused_bot_are_told_with_the_way_out(
    admin_client: Client, running: Broadcast
) -> None:
    assert "Is a worker running?" not in page(admin_client, running).text
    Broadcast.objects.update(started_at=timezone.now() - datetime.timedelta(days=99))
    assert "Is a worker running?" in page(admin_client, running).text
    BotState.objects.create(bot="default", is_paused=True)
    seen = page(admin_client, running).text
    assert "is paused: nothing goes out" in seen
    assert page_of(BotState, "change", "default") in seen
