"""The example shop's pages and the sandbox's inbox, looked at as those of the admin are."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.inspection import (
    DESK,
    assert_none,
    faults,
    keep_pictures,
    pictures_only,
    sideways,
    widen,
)

from .steps import Demonstration, order, sign_up

pytestmark = pictures_only


def test_each_page_fits_a_phone_and_can_be_used_without_seeing_it_well(
    demonstration: Demonstration, page: Page, axe: Path
) -> None:
    found: list[str] = []
    shop, name = demonstration.shop, "Wolfeschlegelsteinhausenbergerdorff & <b>琳</b> 🍵"

    def look(title: str) -> None:
        found.extend(f"{title} {line}" for line in sideways(page) + faults(page, axe))
        keep_pictures(page, title)
        widen(page, DESK)

    for title, path in (("sign-up", "/sign-up/"), ("sign-in", "/sign-in/")):
        page.goto(shop + path)
        look(f"shop-{title}")
    sign_up(page, shop, name, "frieda")
    page.goto(shop + "/account/")
    look("shop-account-not-linked")
    page.get_by_role("button", name="Send to Messenger").click()
    page.get_by_text("Your receipts come to Messenger").wait_for()
    look("shop-account")
    number = order(page, shop, name)
    look("shop-thank-you")
    page.goto(f"{shop}/orders/{number}/")
    look("shop-order")
    page.goto(shop + "/")
    look("shop-home")
    page.get_by_role("link", name="Orchard Honey").first.click()
    look("shop-product")
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart/")
    look("shop-cart")
    page.goto(shop + "/checkout/")
    look("shop-checkout")
    page.goto(demonstration.sandbox + "/")
    look("sandbox")
    page.get_by_role("link", name=number).first.click()
    look("sandbox-conversation")
    assert_none(found, "The shop and the sandbox")
