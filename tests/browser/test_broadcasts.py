"""Staff send a message to a selection and watch it, in a real browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse
from playwright.sync_api import Page, expect

from joinchat_django.admin import broadcast_access, sending
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import Broadcast, MessageTemplate, MessengerLink, OutboxMessage
from tests.delivery.workers import Sink, site_of

from .visitors import Visitor, staff_account

pytestmark = pytest.mark.django_db(transaction=True)

USERS = "/admin/accounts/customer/"


@pytest.fixture
def customers(transactional_db: None) -> list[Any]:
    """Three linked customers, with names that look like markup."""
    names = ("<b>Ann</b>", '"Bob" & <i>Co</i>', "Eve's")
    users = [get_user_model().objects.create_user(username=name) for name in names]
    for number, user in enumerate(users):
        MessengerLink.objects.create(user=user, uuid=f"uuid-{number}")
    return users


@pytest.fixture
def staff(tab: Page, live_server: Any) -> Iterator[Visitor]:
    """A staff member at the admin. Whatever goes wrong in a page fails the test."""
    visitor = Visitor(tab, str(live_server.url))
    visitor.ignore_missing_icons()
    yield visitor
    visitor.leave()
    assert not visitor.errors


def start_action(page: Page) -> None:
    page.select_option("select[name=action]", "send_messenger_message")
    page.locator("button[name=index]").click()


def select(staff: Visitor, users: list[Any]) -> None:
    staff.open(USERS)
    for user in users:
        staff.page.check(f"input[name=_selected_action][value='{user.pk}']")
    start_action(staff.page)


def write(page: Page, text: str) -> None:
    page.get_by_label("Text", exact=True).fill(text)
    page.get_by_role("button", name="Continue").click()


def status(page: Page) -> Any:
    return page.locator("[data-live=status]")


def deliver() -> None:
    """Do what a worker does, until nothing is due."""
    while deliver_due():
        pass


@pytest.mark.thorough
def test_staff_select_write_review_and_send_and_watch_it_to_the_end(
    staff: Visitor, customers: list[Any], left_to_a_worker: None, delivered: list[Any]
) -> None:
    staff.sign_in(staff_account())
    select(staff, customers)
    page = staff.page
    expect(page.get_by_role("heading", name="3 selected")).to_be_visible()
    page.get_by_label("Title").fill("<b>Spring</b> news")
    write(page, "Hello {{ user.username }}")
    shown = []
    for number in (1, 2, 3):
        expect(page.get_by_text(f"{number} of the first 3")).to_be_visible()
        shown.append(page.locator(".joinchat-preview").inner_text())
        if number < 3:
            page.get_by_role("link", name="Next").click()
    assert sorted(shown) == sorted(f"Hello {user.username}" for user in customers)
    page.get_by_role("button", name="Send to 3 people").click()
    expect(page.get_by_role("heading", name="<b>Spring</b> news")).to_be_visible()
    expect(status(page)).to_have_text("running")
    deliver()
    expect(status(page)).to_have_text("finished")
    expect(page.get_by_role("status")).to_have_text("finished")
    expect(page.locator("[data-live=status-sent]")).to_have_text("3")
    expect(page.locator("[data-live=percent]")).to_have_text("100%")
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    assert len(delivered) == 3
    page.get_by_role("link", name="sent", exact=True).click()
    expect(page.locator("#result_list tbody tr")).to_have_count(3)


@pytest.mark.thorough
def test_where_nothing_works_in_the_background_the_open_page_gets_it_done(
    staff: Visitor,
    customers: list[Any],
    left_to_a_worker: None,
    delivered: list[Any],
    settings: Any,
) -> None:
    staff.sign_in(staff_account())
    select(staff, customers)
    write(staff.page, "Hello")
    staff.page.get_by_role("button", name="Send to 3 people").click()
    expect(status(staff.page)).to_have_text("running")
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "inline"}
    staff.page.reload()
    expect(staff.page.get_by_text("as long as this page stays open")).to_be_visible()
    expect(status(staff.page)).to_have_text("finished")
    assert len(delivered) == 3
    assert any(path.endswith("/advance/") for path in staff.posts)


@pytest.mark.thorough
def test_it_is_paused_and_resumed_and_cancelled_with_a_warning(
    staff: Visitor, customers: list[Any], left_to_a_worker: None, delivered: list[Any]
) -> None:
    staff.sign_in(staff_account())
    page = staff.page
    select(staff, customers)
    write(page, "Hello")
    page.get_by_role("button", name="Send to 3 people").click()
    page.get_by_role("button", name="Pause").click()
    expect(status(page)).to_have_text("paused")
    deliver()
    assert not delivered
    page.get_by_role("button", name="Resume").click()
    expect(status(page)).to_have_text("running")
    expect(page.get_by_role("button", name="Cancel this broadcast")).to_be_hidden()
    page.get_by_text("Cancel…").click()
    expect(page.get_by_text("What was sent stays sent")).to_be_visible()
    page.get_by_role("button", name="Cancel this broadcast").click()
    expect(status(page)).to_have_text("cancelled")
    deliver()
    assert not delivered


@pytest.mark.thorough
def test_a_draft_waits_in_the_list_and_a_template_is_copied(
    staff: Visitor, customers: list[Any]
) -> None:
    MessageTemplate.objects.create(
        slug="a", name="Spring", body={"template_type": "text", "text": "A template's words"}
    )
    staff.sign_in(staff_account())
    page = staff.page
    select(staff, customers)
    expect(page.get_by_label("Text", exact=True)).to_be_hidden()
    page.get_by_role("link", name="Later").click()
    page.get_by_role("link", name="continue editing").click()
    page.get_by_role("combobox", name="Template").select_option(label="Spring")
    page.get_by_role("button", name="Edit a copy of it here").click()
    expect(page.get_by_label("Text", exact=True)).to_have_value("A template's words")
    write(page, "Other words")
    expect(page.locator(".joinchat-preview")).to_contain_text("Other words")
    page.get_by_role("button", name="Discard this draft").click()
    expect(page.get_by_text("nothing was sent")).to_be_visible()


@pytest.mark.thorough
def test_who_may_send_to_few_is_told_what_to_do_about_many(
    staff: Visitor, customers: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (broadcast_access, sending):
        monkeypatch.setattr(module, "LARGEST_SELECTION", 2)
    staff.sign_in(staff_account("view_customer", "send_message"))
    select(staff, customers)
    expect(staff.page.get_by_text("ask an administrator for the permission")).to_be_visible()
    select(staff, customers[:2])
    expect(staff.page.get_by_role("heading", name="2 selected")).to_be_visible()


@pytest.mark.thorough
def test_who_may_only_look_sees_progress_and_no_button_and_no_words(
    staff: Visitor, customers: list[Any]
) -> None:
    broadcast = Broadcast.objects.create(
        title="Spring news",
        status="running",
        started_at="2026-01-01T00:00:00Z",
        model="accounts.customer",
        body={"template_type": "text", "text": "the words"},
    )
    staff.sign_in(staff_account("view_broadcast", "view_customer"))
    staff.open(USERS)
    expect(staff.page.locator("select[name=action]")).to_have_count(0)
    staff.open(reverse("admin:joinchat_django_broadcast_change", args=[broadcast.pk]))
    expect(staff.page.get_by_role("heading", name="Spring news")).to_be_visible()
    expect(staff.page.locator(".joinchat-controls").get_by_role("button")).to_have_count(0)
    expect(staff.page.get_by_text("the words")).to_have_count(0)
    staff.context.clear_cookies()
    expect(staff.page.get_by_text("This page gets no news at the moment")).to_be_visible()


#: People of the large broadcast.
MANY = 20_000


@pytest.mark.processes
def test_twenty_thousand_are_selected_sent_to_by_workers_and_watched_to_the_end(
    staff: Visitor, transactional_db: None, left_to_a_worker: None, settings: Any
) -> None:
    users = get_user_model()
    users.objects.bulk_create(
        [users(username=f"user{number}") for number in range(MANY)], batch_size=500
    )
    MessengerLink.objects.bulk_create(
        [MessengerLink(user=user, uuid=f"uuid-{user.pk}") for user in users.objects.all()],
        batch_size=500,
    )
    with Sink() as sink:
        site = site_of(sink)
        staff.sign_in(staff_account())
        page = staff.page
        staff.open(USERS + "?is_staff__exact=0")
        page.locator("#action-toggle").check()
        page.locator(".actions .question a").click()
        start_action(page)
        write(page, "Hello {{ user.username }}")
        with site.workers(2):
            page.get_by_role("button", name="Send to 20,000 people").click()
            expect(status(page)).to_have_text("running")
            seen = watched(page)
        expect(status(page)).to_have_text("finished")
        expect(page.locator("[data-live=status-sent]")).to_have_text("20,000")
        arrived = [uuid for uuid, _text in sink.arrived]
    assert len(arrived) == len(set(arrived)) == MANY
    assert OutboxMessage.objects.filter(status="sent").count() == MANY
    assert len(seen) > 3
    assert seen == sorted(seen)


def watched(page: Page) -> list[int]:
    """Return the percentages that the page showed, one after the other, up to the end."""
    seen = [0]
    end = time.monotonic() + 120
    while status(page).text_content() == "running":
        assert time.monotonic() < end, f"Not at the end after two minutes: {seen}"
        percent = int((page.locator("[data-live=percent]").text_content() or "").rstrip("%"))
        if percent != seen[-1]:
            seen.append(percent)
        page.wait_for_timeout(200)
    return seen
