"""A click on Send to Messenger opens the 24-hour window in the sandbox."""

from __future__ import annotations

import pytest
from playwright.sync_api import Request

from joinchat_django.sandbox import SandboxServer
from tests.saving import links

from .visitors import Visitor, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

CLICKS = "**/_sandbox/clicks"


def test_the_sandbox_hears_of_a_click(customer: Visitor, sandbox: SandboxServer) -> None:
    def is_told(request: Request) -> bool:
        return request.url == f"{sandbox.url}/_sandbox/clicks"

    customer.open()
    with customer.page.expect_event("requestfinished", is_told):
        uuid = customer.click()["uuid"]
    first = sandbox.inbox.last_active("uuid", uuid)
    assert first is not None

    # The next click of the same browser is activity again.
    with customer.page.expect_event("requestfinished", is_told):
        customer.page.click("text=to Messenger")
    again = sandbox.inbox.last_active("uuid", uuid)
    assert again is not None
    assert again > first
    assert customer.errors == []


def test_a_page_whose_policy_forbids_it_is_linked_all_the_same(
    customer: Visitor, sandbox: SandboxServer
) -> None:
    customer.open()
    # A further policy: what either of them forbids is forbidden.
    customer.page.evaluate(
        "document.head.append(Object.assign(document.createElement('meta'),"
        """ {httpEquiv: 'Content-Security-Policy', content: "connect-src 'self'"}))"""
    )
    uuid = customer.click()["uuid"]
    customer.page.wait_for_load_state("networkidle")
    assert links() == [("tom", "default", uuid)]
    assert sandbox.inbox.last_active("uuid", uuid) is None
    # The browser's own message, and nothing of a script that failed.
    wait_until(customer.page, lambda: bool(customer.errors))
    (error,) = customer.errors
    assert "connect-src" in error


def test_a_sandbox_that_is_away_by_then_does_not_stop_the_link(customer: Visitor) -> None:
    customer.page.route(CLICKS, lambda route: route.abort())
    customer.open()
    uuid = customer.click()["uuid"]
    assert links() == [("tom", "default", uuid)]
