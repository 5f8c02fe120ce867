"""The action "Send a Messenger message…": where it is offered, to whom, and what it makes."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from joinchat_django import broadcasts
from joinchat_django.admin import BroadcastAdmin, SendMessageMixin
from joinchat_django.models import Broadcast, MessengerLink, OutboxMessage
from tests.accounts.keys import in_json

from .pages import ACTION, drafted, may, page_of, remarks, select, send, users_page


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
    assert not Broadcast.objects.exists()


def test_it_needs_a_csrf_token(admin_user: Any, people: list[Any]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert select(client, users_page(), people).status_code == 403
    assert not Broadcast.objects.exists()


def test_a_site_can_take_it_off_its_users(admin_client: Client, user: Any) -> None:
    admin.site.disable_action(ACTION)
    try:
        assert f'value="{ACTION}"' not in admin_client.get(users_page()).text
    finally:
        admin.site.add_action(admin.site.get_action(ACTION))


def test_it_freezes_the_selection_in_a_draft_and_sends_nothing(
    admin_client: Client, admin_user: Any, people: list[Any]
) -> None:
    draft = drafted(admin_client, users_page(), people[:2])
    assert (draft.status, draft.selected, draft.requested_by) == ("draft", 2, admin_user)
    chosen = [key for part in draft.parts.all() for key in part.members]
    assert set(chosen) == {in_json(person.pk) for person in people[:2]}
    assert not OutboxMessage.objects.exists()


def test_all_that_a_list_finds_can_be_selected(admin_client: Client, people: list[Any]) -> None:
    draft = drafted(admin_client, users_page(), people[:1], select_across="1")
    assert draft.selected == get_user_model().objects.count()


def test_a_large_selection_takes_the_permission_for_broadcasts(
    staff_client: Any, people: list[Any], three_are_many_people: None
) -> None:
    client = staff_client(may("view", get_user_model()), "send_message")
    for refused in (
        select(client, users_page(), people),
        select(client, users_page(), people[:1], select_across="1"),
    ):
        assert refused.status_code == 302
        [told] = remarks(refused)[-1:]
        assert told.startswith("You may send to 2 people at once, and more are selected")
        assert "ask an administrator for the permission" in told
    assert not Broadcast.objects.exists()
    assert drafted(client, users_page(), people[:2]).selected == 2


def test_who_may_broadcast_may_send_to_any_number(
    staff_client: Any, people: list[Any], three_are_many_people: None
) -> None:
    client = staff_client(may("view", get_user_model()), "send_broadcast")
    assert drafted(client, users_page(), people).selected == 3


def test_its_queries_do_not_grow_with_the_selection(
    admin_client: Client, people: list[Any]
) -> None:
    MessengerLink.objects.create(user=people[2], uuid="x")
    for url, rows in (
        (users_page(), people),
        (page_of(MessengerLink), list(MessengerLink.objects.all())),
    ):
        counts = []
        for number in (1, 3):
            with CaptureQueriesContext(connection) as queries:
                select(admin_client, url, rows[:number])
            counts.append(len(queries))
        assert counts[0] == counts[1]


@pytest.mark.urls("tests.admin.urls")
def test_an_admin_site_of_its_own_offers_it_by_the_mixin(
    admin_client: Client, people: list[Any]
) -> None:
    url = page_of(get_user_model(), site="desk")
    response = select(admin_client, url, people)
    assert response["Location"].startswith("/desk/")
    page = admin_client.get(response["Location"])
    assert 'href="/desk/"' in page.text
    assert page.status_code == 200


def test_an_admin_site_without_the_pages_for_it_is_told_so_and_offers_nothing(rf: Any) -> None:
    class CustomerAdmin(SendMessageMixin, admin.ModelAdmin):  # type: ignore[type-arg]
        pass

    bare = CustomerAdmin(get_user_model(), admin.AdminSite(name="bare"))
    assert [error.id for error in bare.check()] == ["joinchat.E010"]
    assert not bare.has_send_messenger_message_permission(rf.get("/"))
    assert not CustomerAdmin(get_user_model(), admin.site).check()


def test_the_mixin_makes_a_model_known_that_names_its_user(
    people: list[Any], unregistered: None
) -> None:
    """Django's log of what staff did names a user: rows of it stand in for a site's own model."""

    class LogEntryAdmin(SendMessageMixin, admin.ModelAdmin):  # type: ignore[type-arg]
        def joinchat_context(self, row: LogEntry) -> dict[str, Any]:
            return {"what": row.object_repr}

    assert not broadcasts.is_known(LogEntry)
    admin.site.register(LogEntry, LogEntryAdmin)
    try:
        assert broadcasts.is_known(LogEntry)
        kind = ContentType.objects.get_for_model(MessengerLink)
        rows = [
            LogEntry.objects.create(
                user=person, content_type=kind, object_repr=f"thing {number}", action_flag=1
            )
            for number, person in enumerate(people)
        ]
        draft = broadcasts.draft(
            LogEntry.objects.filter(pk__in=[r.pk for r in rows]), requested_by=people[0]
        )
        draft.body = {"template_type": "text", "text": "{{ what }} of {{ user.username }}"}
        said = {tried.who: tried.message for tried in broadcasts.try_out(draft)}
        assert [message and message["text"] for message in said.values()] == [
            "thing 0 of ann",
            "thing 1 of bob",
        ]
    finally:
        admin.site.unregister(LogEntry)


class LogAdmins:
    """Makes ``ModelAdmin`` classes of Django's log, which stands in for a site's own model."""

    def __init__(self) -> None:
        self.site = admin.AdminSite(name="log")
        self.site.register(Broadcast, BroadcastAdmin)

    def __call__(self, **said: Any) -> Any:
        kind = type("LogEntryAdmin", (SendMessageMixin, admin.ModelAdmin), said)
        return kind(LogEntry, self.site)

    @staticmethod
    def errors(model_admin: Any) -> list[str]:
        return [error.id for error in model_admin.check()]


@pytest.fixture
def log_admin(unregistered: None) -> LogAdmins:
    return LogAdmins()


def test_a_path_that_leads_to_no_user_is_reported_by_the_checks(log_admin: LogAdmins) -> None:
    wrong = log_admin(joinchat_user="content_type")
    [error] = wrong.check()
    assert error.id == "joinchat.E012"
    assert "no user at 'content_type'" in error.msg


def test_what_a_second_class_says_of_a_known_model_is_reported_as_ignored(
    log_admin: LogAdmins,
) -> None:
    def context(self: Any, row: Any) -> dict[str, Any]:
        return {}

    first = log_admin(joinchat_context=context)
    log_admin.site._registry[LogEntry] = first
    assert not log_admin.errors(first)
    assert not log_admin.errors(log_admin())
    assert not log_admin.errors(log_admin(joinchat_context=context))
    other = log_admin(joinchat_context=lambda self, row: {}, joinchat_prefetch=("content_type",))
    [error] = other.check()
    assert error.id == "joinchat.E013"
    assert error.msg.startswith("joinchat_context and joinchat_prefetch of LogEntryAdmin are")


def test_a_class_that_replaces_another_is_asked_from_then_on(log_admin: LogAdmins) -> None:
    log_admin.site._registry[LogEntry] = log_admin(joinchat_context=lambda self, row: {})
    del log_admin.site._registry[LogEntry]
    second = log_admin(joinchat_context=lambda self, row: {"what": "new"})
    assert not log_admin.errors(second)
    assert broadcasts.audiences.audience_of(LogEntry).context(None) == {"what": "new"}  # type: ignore[attr-defined]


def test_a_link_is_written_to_over_itself(
    admin_client: Client,
    people: list[Any],
    two_bots: None,
    django_capture_on_commit_callbacks: Any,
) -> None:
    ann = people[0]
    links = [
        MessengerLink.objects.create(user=ann, uuid="second"),
        MessengerLink.objects.create(user=ann, uuid="support", bot="support"),
        MessengerLink.objects.create(user=ann, uuid="off", is_active=False),
    ]
    with django_capture_on_commit_callbacks(execute=True):
        send(admin_client, page_of(MessengerLink), links, "Hello", bot="default")
    rows = OutboxMessage.objects.values_list("bot", "recipient_value", "user")
    assert set(rows) == {("default", "second", ann.pk)}
