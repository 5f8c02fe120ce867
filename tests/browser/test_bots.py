"""Staff hold a bot back and let it go on, try its connection out, and switch a trigger off."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth import get_user_model
from django.dispatch import Signal
from django.urls import reverse
from playwright.sync_api import Page, expect

from joinchat_django import outbox, triggers
from joinchat_django.api import Recipient, Text
from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.sandbox.server import SandboxServer

from .inbox import SECRET
from .visitors import Visitor

pytestmark = pytest.mark.django_db(transaction=True)

order_placed = Signal()


@pytest.fixture
def staff(visitor: Visitor, sandbox: SandboxServer, settings: Any) -> Visitor:
    """Somebody who may do everything, at a site whose bot sends to the sandbox."""
    settings.ROOT_URLCONF = "tests.browser.staff_urls"
    bot = {"PAGE_ID": 12345, "API_SECRET": SECRET, "API_URL": sandbox.api_url}
    settings.JOINCHAT = {"default": bot}
    sandbox.inbox.clear()
    visitor.ignore_missing_icons()
    visitor.sign_in(get_user_model().objects.create_superuser(username="ann"))
    return visitor


@pytest.fixture
def page(staff: Visitor) -> Page:
    return staff.page


@pytest.mark.thorough
def test_a_bot_is_paused_and_resumed(staff: Visitor, page: Page, sandbox: SandboxServer) -> None:
    staff.open(reverse("admin:joinchat_django_botstate_change", args=["default"]))
    page.get_by_label("Reason").fill("A <wrong> price")
    page.get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_text("sends nothing until somebody resumes it")).to_be_visible()
    outbox.send(Recipient(uuid="mei"), Text("Hello"))
    assert sandbox.inbox.messages() == []

    staff.open(reverse("admin:index"))
    warning = page.get_by_role("region", name="Messenger messages that do not go out")
    expect(warning).to_contain_text("is paused. Paused by ann. A <wrong> price")
    warning.get_by_role("link").click()
    expect(page.get_by_role("link", name="1 in the outbox")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("“default” sends again.")).to_be_visible()
    assert len(sandbox.inbox.wait_for(1)) == 1
    assert OutboxMessage.objects.get().status == "sent"

    page.get_by_role("button", name="Check connection").click()
    expect(page.get_by_role("status")).to_contain_text("The server answers.")
    expect(page.get_by_role("status").get_by_role("listitem")).to_have_count(3)
    assert len(sandbox.inbox.messages()) == 1
    assert not BotState.objects.get().is_paused
    assert staff.errors == []


@pytest.fixture
def receipts() -> Iterator[list[Any]]:
    """What a trigger has heard."""
    heard: list[Any] = []
    with patch.dict(triggers.registry, clear=True):

        @triggers.on(order_placed, name="shop.receipt")
        def receipt(sender: Any, **kwargs: Any) -> None:
            heard.append(sender)

        yield heard
    order_placed.disconnect(dispatch_uid="joinchat_django.triggers:shop.receipt")


def test_a_trigger_is_switched_off(staff: Visitor, page: Page, receipts: list[Any]) -> None:
    staff.open(reverse("admin:joinchat_django_triggerstate_changelist"))
    switch = page.get_by_role("switch", name="shop.receipt")
    expect(switch).to_be_checked()
    order_placed.send("first")
    switch.press("Enter")
    expect(page.get_by_text("is off: its signals send no messages")).to_be_visible()
    expect(switch).not_to_be_checked()
    order_placed.send("second")
    assert receipts == ["first"]
    assert staff.errors == []
