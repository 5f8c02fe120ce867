"""A walk through the running demonstration with a camera."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import requests
from playwright.sync_api import Page, sync_playwright

from shop.demo.setting_up import Account

#: The window, in CSS pixels. The README shows two pictures beside each other.
WIDTH, HEIGHT = 1280, 800
_NAMES = ("chromium", "chromium-browser", "google-chrome")


class Photographer:
    """Takes pictures of the shop, its admin and the sandbox with Chromium.

    Raises ``FileNotFoundError`` without a Chromium.
    """

    def __init__(self, shop: str, sandbox: str, folder: Path, chromium: str = "") -> None:
        found = chromium or next(filter(None, map(shutil.which, _NAMES)), None)
        if not found:
            raise FileNotFoundError("There is no Chromium on PATH; name one with --chromium.")
        self._shop, self._sandbox, self._folder = shop, sandbox, folder
        self._chromium = found

    def __enter__(self) -> Photographer:
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(
            executable_path=self._chromium, args=["--no-sandbox"] if as_root else []
        )
        self._page = self._browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        self._page.set_default_timeout(15_000)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._browser.close()
        self._playwright.stop()

    def take_all(self, customer: Account, staff: Account) -> Iterator[Path]:
        """Take every picture and yield where each was put."""
        page = self._page
        page.goto(self._shop + "/")
        yield self._take("shop")
        page.goto(self._shop + "/sign-up/")
        page.get_by_role("button", name="Send to Messenger").click()
        page.get_by_text("Your coupon is waiting").wait_for()
        yield self._take("sign-up")
        page.context.clear_cookies()
        self._sign_in("/sign-in/", customer, "Sign in")
        yield from self._buy()
        page.goto(self._shop + "/account/")
        yield self._take("account")
        yield from self._look_into_messenger()
        page.context.clear_cookies()
        self._sign_in("/admin/login/?next=/admin/", staff, "Log in")
        yield self._take("admin")
        yield self._open_first("/admin/joinchat_django/messagetemplate/?q=welcome", "composer")
        page.goto(self._shop + "/admin/joinchat_django/outboxmessage/")
        yield self._take("outbox")
        yield self._open_first("/admin/shop/order/", "shipping")
        yield from self._broadcast()

    def _buy(self) -> Iterator[Path]:
        """Fill the cart, look at the form, and at the order that the demonstration has placed."""
        page = self._page
        for product in ("Fog Oolong", "Orchard Honey"):
            page.goto(self._shop + "/#shelf")
            page.get_by_role("link", name=product).first.click()
            page.get_by_role("button", name="Add to cart").click()
        yield self._take("cart")
        page.goto(self._shop + "/checkout/")
        yield self._take("checkout")
        page.goto(self._shop + "/orders/A-0001/")
        yield self._take("order")

    def _look_into_messenger(self) -> Iterator[Path]:
        """Look at what came, at one request in detail, and at one that is refused."""
        page = self._page
        page.goto(self._sandbox + "/")
        page.get_by_text("Your order A-0001 is on its way").first.click()
        yield self._take("sandbox")
        body = b'{"recipient": {"uuid": "lin"}, "message": {"template_type": "text", "text": ""}}'
        refused = {"x-joinchat-signature": "bm90IHRoZSByaWdodCBvbmU="}
        with requests.Session() as client:
            client.trust_env = False  # Loopback needs no proxy.
            client.post(self._sandbox + "/api/send_message", body, headers=refused, timeout=15)
        page.goto(self._sandbox + "/?to=refused")
        page.get_by_text("Details").first.click()
        yield self._take("refused")

    def _broadcast(self) -> Iterator[Path]:
        """Write to every customer and watch it arrive."""
        page = self._page
        page.goto(self._shop + "/admin/auth/user/")
        page.locator("#action-toggle").check()
        page.locator("select[name=action]").select_option("send_messenger_message")
        page.locator("button[name=index]").click()
        page.get_by_label("Write the message here").check()
        page.get_by_label("Text", exact=True).fill("A new tea is on the shelf: 高山茶.")
        page.get_by_role("button", name="Continue").click()
        yield self._take("review")
        page.get_by_role("button", name="Send to 1 person").click()
        page.locator("[data-live=status]", has_text="finished").wait_for()
        yield self._take("broadcast")

    def _sign_in(self, path: str, account: Account, button: str) -> None:
        page = self._page
        page.goto(self._shop + path)
        page.locator("[name=username]").fill(account.username)
        page.locator("[name=password]").fill(account.password)
        page.get_by_role("button", name=button).click()
        page.wait_for_url(lambda url: "sign-in" not in url and "login" not in url)

    def _open_first(self, path: str, name: str) -> Path:
        """Open the first row of a list in the admin and take its picture."""
        self._page.goto(self._shop + path)
        self._page.locator("#result_list tbody th a").first.click()
        return self._take(name)

    def _take(self, name: str) -> Path:
        page = self._page
        _settle(page)
        path = self._folder / f"{name}.png"
        page.screenshot(path=path, animations="disabled", caret="hide")
        return path


def _settle(page: Page) -> None:
    """Wait until pictures are loaded and the page has no more to fetch."""
    page.wait_for_load_state("networkidle")
