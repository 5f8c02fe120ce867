"""Links in the admin: found, added, switched off and deleted, each with what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.signals import user_linked, user_unlinked

from .pages import errors, page_of, remarks


@pytest.fixture
def told() -> Iterator[list[tuple[str, str]]]:
    """What the two signals have told: which, and the link's uuid."""
    found: list[tuple[str, str]] = []

    def listening(name: str) -> Callable[..., None]:
        return lambda link, **kwargs: found.append((name, link.uuid))

    receivers = {user_linked: listening("linked"), user_unlinked: listening("unlinked")}
    for signal, receive in receivers.items():
        signal.connect(receive, weak=False)
    yield found
    for signal, receive in receivers.items():
        signal.disconnect(receive)


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
    admin_client: Client,
    user: Any,
    told: list[tuple[str, str]],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        data = {"user": user.pk, "bot": "default", "uuid": "123456"}
        response = admin_client.post(page_of(MessengerLink, "add"), data)
    assert response.status_code == 302
    link = MessengerLink.objects.get()
    assert (link.user, link.bot, link.uuid, link.is_active) == (user, "default", "123456", True)
    assert told == [("linked", "123456")]


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


def test_the_user_is_completed_for_those_who_may_see_users_alone(
    admin_client: Client, staff_client: Any
) -> None:
    assert "admin-autocomplete" in admin_client.get(page_of(MessengerLink, "add")).text
    client = staff_client("add_messengerlink", "view_messengerlink")
    page = client.get(page_of(MessengerLink, "add"))
    assert "vForeignKeyRawIdAdminField" in page.text
    assert "admin-autocomplete" not in page.text


def test_a_link_to_a_bot_that_has_gone_can_be_switched_off_and_not_on(
    admin_client: Client, linked_user: Any
) -> None:
    MessengerLink.objects.update(bot="gone")
    url = page_of(MessengerLink, "change", MessengerLink.objects.get().pk)
    assert admin_client.post(url, {"is_active": "on"}).status_code == 302
    assert admin_client.post(url, {}).status_code == 302
    assert not MessengerLink.objects.get().is_active
    assert errors(admin_client.post(url, {"is_active": "on"})).keys() == {"is_active"}


@pytest.fixture
def queued(people: list[Any], left_to_a_worker: None) -> None:
    """A message to each of two who are linked."""
    for person in people[:2]:
        outbox.send(person, Text("Hello"))


def statuses() -> list[str]:
    return list(OutboxMessage.objects.order_by("pk").values_list("status", flat=True))


@pytest.mark.usefixtures("queued")
class TestALinkIsAsOffAsElsewhere:
    def test_when_the_form_switches_it(
        self, admin_client: Client, told: list[Any], django_capture_on_commit_callbacks: Any
    ) -> None:
        link = MessengerLink.objects.get(uuid="uuid-of-ann")
        url = page_of(MessengerLink, "change", link.pk)
        with django_capture_on_commit_callbacks(execute=True):
            for data in ({"is_active": "on"}, {}, {}, {"is_active": "on"}):
                assert admin_client.post(url, data).status_code == 302
        assert told == [("unlinked", "uuid-of-ann"), ("linked", "uuid-of-ann")]
        assert statuses() == ["cancelled", "queued"]
        assert MessengerLink.objects.get(pk=link.pk).linked_at > link.linked_at

    def test_when_the_list_switches_it(
        self, admin_client: Client, told: list[Any], django_capture_on_commit_callbacks: Any
    ) -> None:
        links = MessengerLink.objects.all()
        data = {"action": "switch_off_selected", ACTION_CHECKBOX_NAME: [one.pk for one in links]}
        url = f"{page_of(MessengerLink)}?q=ann"
        with django_capture_on_commit_callbacks(execute=True):
            response = admin_client.post(url, data)
        assert remarks(response) == ["1 link was switched off."]
        assert told == [("unlinked", "uuid-of-ann")]
        assert statuses() == ["cancelled", "queued"]

    def test_when_it_is_deleted(
        self, admin_client: Client, told: list[Any], django_capture_on_commit_callbacks: Any
    ) -> None:
        ann, bob = MessengerLink.objects.order_by("uuid")
        with django_capture_on_commit_callbacks(execute=True):
            admin_client.post(page_of(MessengerLink, "delete", ann.pk), {"post": "yes"})
        assert statuses() == ["cancelled", "queued"]
        data = {"action": "delete_selected", ACTION_CHECKBOX_NAME: [bob.pk], "post": "yes"}
        with django_capture_on_commit_callbacks(execute=True):
            admin_client.post(page_of(MessengerLink), data)
        assert statuses() == ["cancelled", "cancelled"]
        assert told == [("unlinked", "uuid-of-ann"), ("unlinked", "uuid-of-bob")]
        assert not MessengerLink.objects.exists()

    def test_only_for_those_who_may_change_it(self, staff_client: Any) -> None:
        client = staff_client("view_messengerlink")
        keys = [link.pk for link in MessengerLink.objects.all()]
        data = {"action": "switch_off_selected", ACTION_CHECKBOX_NAME: keys}
        client.post(page_of(MessengerLink), data)
        assert statuses() == ["queued", "queued"]
