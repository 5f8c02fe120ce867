"""The example shop as a customer and its staff use it, from the button to the receipt."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .steps import Demonstration, order, sign_up

pytestmark = pytest.mark.thorough  # the demonstration walks the same way each time


def test_a_customer_clicks_the_button_orders_and_finds_the_receipt_in_messenger(
    demonstration: Demonstration, page: Page
) -> None:
    name = 'Tom & "Jerry" <b>琳</b>'
    sign_up(page, demonstration.shop, name, "tom")
    page.goto(demonstration.shop + "/account/")
    expect(page.get_by_text("Your receipts come to Messenger")).to_be_hidden()
    page.get_by_role("button", name="Send to Messenger").click()
    expect(page.get_by_text("Your receipts come to Messenger")).to_be_visible()
    page.reload()
    expect(page.get_by_text("connected since")).to_be_visible()

    number = order(page, demonstration.shop, name)
    expect(page.get_by_text("The receipt is on its way")).to_be_visible()

    page.goto(demonstration.sandbox + "/")
    page.get_by_role("link", name=number).first.click()
    thread = page.locator("#jc-box-thread")
    expect(thread).to_contain_text(name)
    expect(thread).to_contain_text("Orchard Honey")
    expect(thread).to_contain_text("PAYMENT_UPDATE")


def test_a_customer_without_a_link_orders_all_the_same(
    demonstration: Demonstration, page: Page
) -> None:
    sign_up(page, demonstration.shop, "Mei", "mei")
    order(page, demonstration.shop, "Mei")
    expect(page.get_by_role("button", name="Send to Messenger")).to_be_visible()


def test_staff_send_a_text_to_a_linked_customer_and_it_arrives(
    demonstration: Demonstration, page: Page
) -> None:
    page.goto(demonstration.shop + "/admin/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("admin")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")
    page.goto(demonstration.shop + "/admin/auth/user/?q=lin")
    page.get_by_role("checkbox", name="Select this object").first.check()
    page.locator("select[name=action]").select_option(label="Send a Messenger message…")
    page.locator("button[name=index]").click()
    page.get_by_label("Write the message here").check()
    page.get_by_label("Text", exact=True).fill("Your parcel has left us. 包裹已寄出")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".joinchat-preview")).to_contain_text("包裹已寄出")
    page.get_by_role("button", name="Send to 1 person").click()
    expect(page.locator("[data-live=status]")).to_have_text("finished")

    page.get_by_role("link", name="sent", exact=True).click()
    expect(page.locator("#result_list")).to_contain_text("sent")
    page.goto(demonstration.sandbox + "/")
    expect(page.locator("body")).to_contain_text("包裹已寄出")
