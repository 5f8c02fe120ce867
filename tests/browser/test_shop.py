"""The example shop as a customer and its staff use it, from the button to the receipt."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

pytest.importorskip("environ", reason="The example shop needs django-environ.")

pytestmark = pytest.mark.thorough  # the demonstration walks the same way each time

ROOT = Path(__file__).parents[2]
SERVING = re.compile(r"The (shop|JoinChat sandbox) listens on (http://[^\s/]+)/")


@dataclass(frozen=True)
class Demonstration:
    """The addresses of a running ``manage.py demo``."""

    shop: str
    sandbox: str


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """``manage.py demo``, which has walked its own customer through and serves."""
    database = tmp_path_factory.mktemp("demo") / "db.sqlite3"
    process = subprocess.Popen(
        [sys.executable, "example_project/manage.py", "demo", "--port=0", "--sandbox-port=0"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{database}",
            "DJANGO_SETTINGS_MODULE": "example.settings",
            "PYTHONPATH": str(ROOT),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    killer = threading.Timer(300, process.kill)
    killer.start()
    try:
        said, found = [], {}
        for line in process.stdout:
            said.append(line)
            if match := SERVING.search(line):
                found[match[1]] = match[2]
            if "Ctrl-C" in line:
                break
        assert len(found) == 2, "".join(said)
        yield Demonstration(found["shop"], found["JoinChat sandbox"])
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
        killer.cancel()
    assert process.returncode == 0, rest
    assert "Traceback" not in rest


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new visitor's window. An error of a script, or a part of a page that is missing, fails."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(5000)
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda answer: errors.append(answer.url) if answer.status > 399 else None)
    yield page
    context.close()
    # The admin has no icon of its own, which browsers look for all the same.
    assert not [error for error in errors if not error.endswith("/favicon.ico")]


def sign_up(page: Page, shop: str, name: str, username: str) -> None:
    page.goto(shop + "/")
    page.get_by_role("link", name="Become a customer").first.click()
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill("fern-and-kettle")
    page.get_by_label("Password confirmation").fill("fern-and-kettle")
    page.get_by_role("button", name="Sign up").click()


def order(page: Page, shop: str, name: str) -> str:
    """Buy a honey, and return the order's number."""
    page.goto(shop + "/#shelf")
    page.get_by_role("link", name="Orchard Honey").first.click()
    page.get_by_role("button", name="Add to cart").click()
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
