"""The outbox as the shop's staff use it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone
from playwright.sync_api import Page

from joinchat_django import linking, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import DeliveryAttempt, OutboxMessage
from tests.admin.pages import page_of

from .inspection import DESK, PHONE, sideways
from .visitors import Visitor, staff_account

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(visitor: Visitor, left_to_a_worker: None, settings: Any) -> Visitor:
    """A member of the staff, still to sign in, at a site for which a worker delivers."""
    settings.ROOT_URLCONF = "tests.urls"
    visitor.ignore_missing_icons()
    return visitor


@pytest.fixture
def doubtful(transactional_db: None) -> OutboxMessage:
    """A message that may have been delivered, to a customer with a long and odd name."""
    name = "<b>Anneliese</b>" + "-Wilhelmine" * 6
    customer = get_user_model().objects.create_user(name)
    linking.link(customer, "a" * 64)
    row = outbox.send(customer, Text("Where is my order?"), group="spring")
    told = {"last_error": "No answer in 15 s.", "attempts": 1}
    OutboxMessage.objects.filter(pk=row.pk).update(
        status="uncertain", settled_at=timezone.now(), **told
    )
    DeliveryAttempt.objects.create(
        message=row,
        number=1,
        made_at=timezone.now(),
        outcome="uncertain",
        error="No answer in 15 s.",
    )
    return row


def assert_fits(page: Page) -> None:
    """Check that the page is nowhere wider than a desk's or a small phone's window."""
    assert sideways(page, PHONE) + sideways(page, DESK) == []


@pytest.mark.thorough
def test_staff_filter_the_list_look_at_a_message_and_try_it_again(
    staff: Visitor, doubtful: OutboxMessage
) -> None:
    for number in range(3):
        outbox.send(Recipient(email=f"{number}@example.com"), Text("Hello"))
    staff.sign_in(staff_account())
    page = staff.page
    staff.open(page_of(OutboxMessage))
    assert page.locator("#result_list tbody tr").count() == 4
    assert "3" in page.locator(".joinchat-overview td").first.inner_text()
    assert page.locator("svg[role=img] title").first.text_content() is not None
    assert_fits(page)

    page.click("#changelist-filter >> text=uncertain")
    page.wait_for_url("**status=uncertain")
    assert page.locator("#result_list tbody tr").count() == 1
    page.click("#result_list .field-status_label a")
    page.wait_for_url("**/change/**")
    assert page.locator(".joinchat-preview").inner_text() == "Where is my order?"
    assert "No answer in 15 s." in page.locator(".joinchat-attempts").inner_text()
    assert_fits(page)

    # By keyboard alone.
    page.focus("input[value='Try again']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/retry/**")
    assert "it may arrive twice" in page.locator("#content").inner_text()
    assert_fits(page)
    page.click("text=Yes, try again")
    page.wait_for_url("**/change/**")
    assert page.locator(".messagelist").inner_text() == "1 message is tried again."
    doubtful.refresh_from_db()
    assert doubtful.status == "queued"
    assert staff.errors == []


def test_who_may_not_read_content_sees_no_text(staff: Visitor, doubtful: OutboxMessage) -> None:
    staff.sign_in(staff_account("view_outboxmessage"))
    staff.open(page_of(OutboxMessage))
    assert staff.page.locator("input[type=checkbox]").count() == 0
    staff.open(page_of(OutboxMessage, "change", doubtful.pk))
    words = staff.page.locator("#content").inner_text()
    assert "uncertain" in words
    assert "permission to read messages" in words
    assert "Where is my order?" not in words
    assert "No answer" not in words
    assert staff.page.locator("#content input[type=submit]").count() == 0
