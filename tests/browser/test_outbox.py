"""The outbox as the shop's staff use it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils import timezone

from joinchat_django import linking, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import DeliveryAttempt, OutboxMessage
from tests.admin.pages import page_of

from .conftest import Visitor, account

pytestmark = pytest.mark.django_db(transaction=True)

#: The widths of a desk and of a small phone.
WIDTHS = (1280, 360)


@pytest.fixture
def admin_site(site: str, settings: Any) -> str:
    """A site with Django's admin, for which a worker delivers."""
    settings.ROOT_URLCONF = "tests.urls"
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
    return site


@pytest.fixture
def staff(visitor: Visitor, admin_site: str) -> Any:
    """Sign a member of the staff in, with some permissions or with all."""

    def sign_in(*codenames: str) -> Visitor:
        user = account("boss")
        user.is_staff, user.is_superuser = True, not codenames
        user.save()
        user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        visitor.sign_in(user)
        visitor.page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        return visitor

    return sign_in


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


def fits(visitor: Visitor) -> bool:
    """Tell whether the page is nowhere wider than the window."""
    for width in WIDTHS:
        visitor.page.set_viewport_size({"width": width, "height": 800})
        script = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        if not visitor.page.evaluate(script):
            return False
    return True


@pytest.mark.thorough
def test_staff_filter_the_list_look_at_a_message_and_try_it_again(
    staff: Any, doubtful: OutboxMessage
) -> None:
    for number in range(3):
        outbox.send(Recipient(email=f"{number}@example.com"), Text("Hello"))
    visitor = staff()
    page = visitor.page
    visitor.open(page_of(OutboxMessage))
    assert page.locator("#result_list tbody tr").count() == 4
    assert "3" in page.locator(".joinchat-overview td").first.inner_text()
    assert page.locator("svg[role=img] title").first.text_content() is not None
    assert fits(visitor)
    page.set_viewport_size({"width": 1280, "height": 800})

    page.click("#changelist-filter >> text=uncertain")
    page.wait_for_url("**status=uncertain")
    assert page.locator("#result_list tbody tr").count() == 1
    page.click("#result_list .field-status_label a")
    page.wait_for_url("**/change/**")
    assert page.locator(".joinchat-preview").inner_text() == "Where is my order?"
    assert "No answer in 15 s." in page.locator(".joinchat-attempts").inner_text()
    assert fits(visitor)

    # By keyboard alone.
    page.focus("input[value='Try again']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/retry/**")
    assert "it may arrive twice" in page.locator("#content").inner_text()
    assert fits(visitor)
    page.click("text=Yes, try again")
    page.wait_for_url("**/change/**")
    assert page.locator(".messagelist").inner_text() == "1 message is tried again."
    doubtful.refresh_from_db()
    assert doubtful.status == "queued"
    assert visitor.errors == []


def test_who_may_not_read_content_sees_no_text(staff: Any, doubtful: OutboxMessage) -> None:
    visitor = staff("view_outboxmessage")
    visitor.open(page_of(OutboxMessage))
    assert visitor.page.locator("input[type=checkbox]").count() == 0
    visitor.open(page_of(OutboxMessage, "change", doubtful.pk))
    words = visitor.page.locator("#content").inner_text()
    assert "uncertain" in words
    assert "permission to read messages" in words
    assert "Where is my order?" not in words
    assert "No answer" not in words
    assert visitor.page.locator("#content input[type=submit]").count() == 0
