"""What the page's script does with other callbacks, and where the site cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.saving import links

from .visitors import Visitor, account, new_context

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.thorough]

SAVED_ONCE = ["/joinchat/save-uuid"]


@pytest.fixture
def below(customer: Visitor, settings: Any) -> Visitor:
    """A signed-in customer on a site whose pages define something below the tag."""
    settings.ROOT_URLCONF = "tests.browser.callback_urls"
    return customer


@pytest.mark.parametrize("own", ["let", "var", "function", "window", "module", "defer", "chained"])
def test_a_callback_that_the_page_defines_below_the_tag_runs_too(below: Visitor, own: str) -> None:
    below.open(f"/below/{own}")
    uuid = below.click()["uuid"]
    assert [told for told in below.told if told[0] == "own"] == [("own", uuid)]
    assert below.posts == SAVED_ONCE
    assert links() == [("tom", "default", uuid)]
    assert below.errors == []


def test_const_below_the_tag_is_told_what_to_do(below: Visitor) -> None:
    below.open("/below/const")
    [error] = below.errors
    assert "Declare it with let, var or function" in error


def test_a_page_that_chains_ours_again_and_again_saves_once(customer: Visitor) -> None:
    customer.open()
    for _ in range(3):
        customer.page.evaluate(
            "const ours = window.joinchatSendToMessengerCallback;"
            "void (window.joinchatSendToMessengerCallback = (uuid) => ours(uuid))"
        )
        # As where the tag is swapped in, by a library that runs its text in a script of its own.
        customer.page.add_script_tag(url="/static/joinchat_django/joinchat.js")
    customer.click()
    assert customer.posts == SAVED_ONCE
    assert customer.errors == []


def test_offline_a_click_fails_and_the_next_one_is_taken(customer: Visitor) -> None:
    customer.open()
    customer.context.set_offline(True)
    try:
        detail = customer.click(expect="joinchat:failed")
    finally:
        customer.context.set_offline(False)
    assert detail["error"]
    assert customer.click()["uuid"] == detail["uuid"]
    assert links() == [("tom", "default", detail["uuid"])]


@pytest.fixture
def patient(browser: Browser, site: str) -> Iterator[Visitor]:
    """A signed-in customer whose browser's clock can be moved."""
    context = new_context(browser)
    context.clock.install()
    visitor = Visitor(context.new_page(), site)
    visitor.sign_in(account("tom"))
    yield visitor
    context.close()


def test_a_site_that_does_not_answer_does_not_hold_up_the_next_click(patient: Visitor) -> None:
    patient.open()
    patient.page.route("**/joinchat/csrf-token", lambda route: None)
    with patient.page.expect_request("**/joinchat/csrf-token"):
        patient.page.click("text=to Messenger")
    detail = patient.do(lambda: patient.page.clock.run_for(30_000), "joinchat:failed")
    assert "did not answer within 30 seconds" in detail["error"]
    patient.page.unroute_all()
    patient.click()
    assert links() == [("tom", "default", detail["uuid"])]
