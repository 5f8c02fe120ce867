"""What a customer does in the example shop."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Demonstration:
    """The addresses of a running ``manage.py demo``."""

    shop: str
    sandbox: str


def sign_up(page: Page, shop: str, name: str, username: str) -> None:
    page.goto(shop + "/")
    page.get_by_role("link", name="Become a customer").first.click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill("fern-and-kettle")
    page.get_by_label("Password confirmation").fill("fern-and-kettle")
    page.get_by_role("button", name="Sign up").click()
    # The page before has a button of the SDK's, too.
    page.wait_for_url("**/account/")


def order(page: Page, shop: str, name: str) -> str:
    """Buy a honey, and return the order's number."""
    page.goto(shop + "/#shelf")
    page.get_by_role("link", name="Orchard Honey").first.click()
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart/")
    page.goto(shop + "/checkout/")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Street").fill("Kaai 7")
    page.get_by_label("Postal code").fill("9000")
    page.get_by_label("City").fill("Gent")
    page.get_by_label("Region").fill("Oost-Vlaanderen")
    page.get_by_label("Country").select_option("BE")
    page.get_by_role("button", name="Place the order").click()
    expect(page.get_by_role("heading", name=f"Thank you, {name}.")).to_be_visible()
    number = re.search(r"A-\d+", page.inner_text("main"))
    assert number
    return number[0]


def press(page: Page) -> None:
    page.get_by_role("button", name="Send to Messenger").click()


def sign_in(page: Page, shop: str, username: str) -> None:
    page.goto(shop + "/sign-in/")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill("fern-and-kettle")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account/")


def sign_out(page: Page, shop: str) -> None:
    page.goto(shop + "/account/")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in", exact=True)).to_be_visible()
