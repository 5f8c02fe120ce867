"""In the example shop: who is linked, whichever way people take to the button and from it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .steps import Demonstration, press, sign_in, sign_out, sign_up

pytestmark = pytest.mark.thorough

LINKED = "Your receipts come to Messenger"
NOT_LINKED = "Get your receipts in Messenger"


def assert_linked(page: Page, shop: str, heading: str = LINKED) -> None:
    """Look at the account once more, as the site has it now."""
    page.goto(shop + "/account/")
    expect(page.get_by_role("heading", name=heading)).to_be_visible()


def press_after_signing_out_elsewhere(page: Page, shop: str) -> None:
    """Press the button on the account page of a session that has ended, so as nobody."""
    page.goto(shop + "/account/")
    other_tab = page.context.new_page()
    sign_out(other_tab, shop)
    other_tab.close()
    press(page)
    # The page finds out, and asks to sign in.
    page.wait_for_url("**/sign-in/?next=/account/")


def test_a_double_click_links_once_and_says_so(demonstration: Demonstration, page: Page) -> None:
    sign_up(page, demonstration.shop, "Ada", "ada-twice")
    page.get_by_role("button", name="Send to Messenger").dblclick()
    expect(page.get_by_text(LINKED)).to_be_visible()
    assert_linked(page, demonstration.shop)


def test_an_anonymous_click_is_linked_at_the_sign_in(
    demonstration: Demonstration, page: Page
) -> None:
    sign_up(page, demonstration.shop, "Bea", "bea")
    press_after_signing_out_elsewhere(page, demonstration.shop)
    sign_in(page, demonstration.shop, "bea")
    assert_linked(page, demonstration.shop)


def test_an_anonymous_click_is_linked_at_the_sign_up(
    demonstration: Demonstration, page: Page
) -> None:
    sign_up(page, demonstration.shop, "Cem", "cem")
    press_after_signing_out_elsewhere(page, demonstration.shop)
    sign_up(page, demonstration.shop, "Dan", "dan")
    assert_linked(page, demonstration.shop)
    sign_out(page, demonstration.shop)
    sign_in(page, demonstration.shop, "cem")
    assert_linked(page, demonstration.shop, NOT_LINKED)


def test_the_second_user_of_a_browser_starts_without_a_link(
    demonstration: Demonstration, page: Page
) -> None:
    sign_up(page, demonstration.shop, "Eve", "eve")
    press(page)
    expect(page.get_by_text(LINKED)).to_be_visible()
    sign_out(page, demonstration.shop)
    sign_up(page, demonstration.shop, "Fay", "fay")
    assert_linked(page, demonstration.shop, NOT_LINKED)
    press(page)
    expect(page.get_by_text(LINKED)).to_be_visible()
    sign_out(page, demonstration.shop)
    sign_in(page, demonstration.shop, "eve")
    assert_linked(page, demonstration.shop)


def test_a_click_in_each_of_two_tabs_is_shown_in_both(
    demonstration: Demonstration, page: Page
) -> None:
    sign_up(page, demonstration.shop, "Gus", "gus")
    other_tab = page.context.new_page()
    other_tab.goto(demonstration.shop + "/account/")
    for tab in (page, other_tab):
        press(tab)
        expect(tab.get_by_text(LINKED)).to_be_visible()


def test_a_save_that_fails_is_shown_and_the_next_click_links(
    demonstration: Demonstration, page: Page
) -> None:
    sign_up(page, demonstration.shop, "Hal", "hal")
    page.route("**/joinchat/save-uuid", lambda route: route.abort())
    failed = page.locator("[data-messenger-failed]")
    press(page)
    expect(failed).to_be_visible()
    page.unroute_all()
    page.locator("button", has_text="to Messenger").click()
    expect(page.get_by_text(LINKED)).to_be_visible()
    expect(failed).to_be_hidden()
    assert_linked(page, demonstration.shop)


def test_a_visitor_who_presses_the_button_before_signing_up_is_linked_by_the_sign_up(
    demonstration: Demonstration, page: Page
) -> None:
    page.goto(demonstration.shop + "/sign-up/")
    press(page)
    expect(page.get_by_text("Your coupon is waiting")).to_be_visible()
    sign_up(page, demonstration.shop, "Bo", "bo-who-clicked")
    assert_linked(page, demonstration.shop)
    page.goto(demonstration.sandbox + "/")
    expect(page.locator("body")).to_contain_text("Welcome, Bo! You have 50 points")
