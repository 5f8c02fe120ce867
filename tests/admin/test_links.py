from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django.models import MessengerLink
from joinchat_django.signals import user_linked

from .pages import errors, page_of


@pytest.mark.parametrize("words", ["ann", "uuid-of-ann"])
def test_links_are_found_by_name_and_by_uuid(
    admin_client: Client, people: list[Any], words: str
) -> None:
    found = admin_client.get(page_of(MessengerLink), {"q": words}).context["cl"].result_list
    assert [link.user for link in found] == people[:1]


def test_links_are_filtered_by_bot_where_there_are_several(
    admin_client: Client, people: list[Any], two_bots: None
) -> None:
    MessengerLink.objects.create(user=people[0], uuid="s", bot="support")
    found = admin_client.get(page_of(MessengerLink), {"bot": "support"}).context["cl"]
    assert [link.uuid for link in found.result_list] == ["s"]


def test_a_link_that_is_added_is_announced(
    admin_client: Client, user: Any, django_capture_on_commit_callbacks: Any
) -> None:
    announced = []

    def receive(link: MessengerLink, **kwargs: Any) -> None:
        announced.append(link)

    user_linked.connect(receive)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            data = {"user": user.pk, "bot": "default", "uuid": "123456"}
            response = admin_client.post(page_of(MessengerLink, "add"), data)
    finally:
        user_linked.disconnect(receive)
    assert response.status_code == 302
    link = MessengerLink.objects.get()
    assert (link.user, link.bot, link.uuid, link.is_active) == (user, "default", "123456", True)
    assert announced == [link]


@pytest.mark.parametrize(
    ("data", "field", "error"),
    [
        ({"uuid": "uuid-of-tom"}, "uuid", "already"),
        ({"uuid": "two words"}, "uuid", "A-Z a-z 0-9"),
        ({"uuid": "1", "bot": "nobody"}, "bot", "Select a valid choice"),
        ({"uuid": "1", "user": ""}, "user", "required"),
    ],
)
def test_a_link_that_cannot_be_is_refused_at_its_field(
    admin_client: Client, linked_user: Any, data: dict[str, str], field: str, error: str
) -> None:
    data = {"user": linked_user.pk, "bot": "default", **data}
    page = admin_client.post(page_of(MessengerLink, "add"), data)
    assert errors(page).keys() == {field}
    assert error in errors(page)[field][0]
    assert MessengerLink.objects.count() == 1


def test_a_link_can_be_switched_off_and_ties_whom_it_tied(
    admin_client: Client, linked_user: Any
) -> None:
    link = MessengerLink.objects.get()
    other = get_user_model().objects.create_user(username="other")
    url = page_of(MessengerLink, "change", link.pk)
    assert 'name="uuid"' not in admin_client.get(url).text
    admin_client.post(url, {"user": other.pk, "uuid": "another", "bot": "x"})
    link.refresh_from_db()
    assert (link.user, link.uuid, link.bot) == (linked_user, "uuid-of-tom", "default")
    assert not link.is_active


def test_the_user_is_completed_for_those_who_may_see_users(staff_client: Any) -> None:
    client = staff_client("add_messengerlink", "view_messengerlink")
    page = client.get(page_of(MessengerLink, "add"))
    assert "vForeignKeyRawIdAdminField" in page.text
    assert "admin-autocomplete" not in page.text


def test_the_user_is_completed(admin_client: Client) -> None:
    assert "admin-autocomplete" in admin_client.get(page_of(MessengerLink, "add")).text
