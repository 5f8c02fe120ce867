"""The action "Send a Messenger message…" and the page that it opens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from joinchat_django.admin import sending
from joinchat_django.models import MessengerLink, OutboxMessage

from .pages import ACTION, confirm, may, page_of, remarks, select, users_page


def test_it_is_offered_on_users_and_links_to_whoever_may_send(
    staff_client: Any, user: Any, linked_user: Any
) -> None:
    allowed = staff_client(
        may("view", get_user_model()), "view_messengerlink", "view_group", "send_message"
    )
    assert f'value="{ACTION}"' in allowed.get(users_page()).text
    assert f'value="{ACTION}"' in allowed.get(page_of(MessengerLink)).text
    Group.objects.create(name="g")
    assert f'value="{ACTION}"' not in allowed.get(page_of(Group)).text


def test_it_is_neither_offered_nor_obeyed_without_the_permission(
    staff_client: Any, people: list[Any]
) -> None:
    client = staff_client(
        may("change", get_user_model()), may("delete", get_user_model()), "change_messengerlink"
    )
    links = list(MessengerLink.objects.all())
    for url, rows in ((users_page(), people), (page_of(MessengerLink), links)):
        assert f'value="{ACTION}"' not in client.get(url).text
        assert select(client, url, rows).status_code == 403
        assert confirm(client, url, rows, text="Hello").status_code == 403
    assert not OutboxMessage.objects.exists()


def test_it_needs_a_csrf_token(admin_user: Any, people: list[Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert confirm(client, users_page(), people, text="Hello").status_code == 403
    assert not OutboxMessage.objects.exists()


def test_a_site_can_take_it_off_its_users(admin_client: Client, user: Any) -> None:
    admin.site.disable_action(ACTION)
    try:
        assert f'value="{ACTION}"' not in admin_client.get(users_page()).text
    finally:
        admin.site.add_action(admin.site.get_action(ACTION))


@pytest.mark.urls("tests.admin.urls")
def test_an_admin_site_of_its_own_offers_it_by_the_mixin(
    admin_client: Client, people: list[Any]
) -> None:
    url = page_of(get_user_model(), site="desk")
    page = select(admin_client, url, people)
    assert 'href="/desk/"' in page.text
    response = confirm(admin_client, url, people, text="Hello")
    assert remarks(response)[0] == "2 messages were queued."
    assert OutboxMessage.objects.count() == 2


def test_it_tells_how_many_can_be_reached(admin_client: Client, people: list[Any]) -> None:
    MessengerLink.objects.create(user=people[0], uuid="another")
    MessengerLink.objects.create(user=people[2], uuid="off", is_active=False)
    page = select(admin_client, users_page(), people)
    assert [(r.bot, r.linked, r.unlinked) for r in page.context["reach"]] == [("default", 2, 1)]
    assert "3 selected" in page.text
    assert 'name="message-bot"' not in page.text


@pytest.mark.usefixtures("two_bots")
def test_it_asks_for_the_bot_where_there_are_several(
    admin_client: Client, people: list[Any]
) -> None:
    for user in people:
        MessengerLink.objects.create(user=user, uuid="s", bot="support")
    page = select(admin_client, users_page(), people)
    assert [(r.bot, r.linked) for r in page.context["reach"]] == [("support", 3), ("default", 2)]
    assert re.search('<option value="support" selected', page.text)
    confirm(admin_client, users_page(), people, text="Hello", bot="support", tag="HUMAN_AGENT")
    assert set(OutboxMessage.objects.values_list("bot", "tag")) == {("support", "HUMAN_AGENT")}


def test_it_says_when_nobody_can_be_reached(admin_client: Client, people: list[Any]) -> None:
    page = select(admin_client, users_page(), people[2:])
    assert "Nobody of the selected can be reached" in page.text
    assert 'name="message-text"' not in page.text
    response = confirm(admin_client, users_page(), people[2:], text="Hello")
    assert remarks(response) == ["1 of the selected has no active link and was skipped."]


def test_too_many_are_refused_before_anything_is_asked(
    admin_client: Client, people: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST", 2)
    for response in (
        select(admin_client, users_page(), people),
        select(admin_client, users_page(), people[:1], select_across="1"),
        confirm(admin_client, users_page(), people, text="Hello"),
    ):
        assert response.status_code == 302
    assert all("Select fewer" in remark for remark in remarks(response))
    assert not OutboxMessage.objects.exists()


def test_all_that_a_list_finds_can_be_selected(admin_client: Client, people: list[Any]) -> None:
    page = select(admin_client, users_page(), people[:1], select_across="1")
    assert set(page.context["selected"]) >= set(people)


def test_its_queries_do_not_grow_with_the_selection(
    admin_client: Client, people: list[Any]
) -> None:
    MessengerLink.objects.create(user=people[2], uuid="x")
    for url, rows in (
        (users_page(), people),
        (page_of(MessengerLink), list(MessengerLink.objects.all())),
    ):
        counts = []
        for count in (1, 3):
            with CaptureQueriesContext(connection) as queries:
                select(admin_client, url, rows[:count])
            counts.append(len(queries))
        assert counts[0] == counts[1]
