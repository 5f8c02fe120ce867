"""People at a browser, and what their pages tell a test."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from playwright.sync_api import Error as PlaywrightError

#: Milliseconds that whatever a test waits for may take, on a machine that is busy.
PATIENCE = 15_000

#: Tells the test, by the console, what happens in the page. It runs before any of its scripts.
LISTENER = """
    window.tellTest = (name, detail) => console.info("told:" + JSON.stringify([name, detail]));
    for (const name of ["joinchat:linked", "joinchat:failed"]) {
        document.addEventListener(name, (event) => tellTest(name, event.detail));
    }
"""


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    """Return a browser that has been nowhere yet, and tells a test what happens in its pages."""
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    context.add_init_script(LISTENER)
    return context


def account(username: str) -> Any:
    """Make a customer's account, whose password is ``password``."""
    return get_user_model().objects.create_user(username, password="password")


def staff_account(*codenames: str) -> Any:
    """Make an account of the staff's, with these permissions, or with all if none is named."""
    user = get_user_model().objects.create_user("staff", is_staff=True, is_superuser=not codenames)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def wait_until(page: Page, is_so: Callable[[], bool]) -> None:
    """Let the browser's events come until something is so; fail if it never is."""
    for _ in range(PATIENCE // 10):
        if is_so():
            return
        page.wait_for_timeout(10)
    raise AssertionError("It has not come about.")


def close(page: Page) -> None:
    """Close a page once it is at rest, without waiting for it to be gone.

    One that is on its way to another address may never tell that it was closed.
    """
    with contextlib.suppress(PlaywrightError):  # It has closed meanwhile, or never loads.
        page.wait_for_load_state("load", timeout=3_000)
    with contextlib.suppress(PlaywrightError):
        page.close(run_before_unload=True)


class Visitor:
    """A person at a browser.

    ``told`` holds the events of the page as they came, ``errors`` what went wrong in it, and
    ``posts`` the paths of the site that it has sent a POST to.
    """

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.context = page.context
        self.site = site
        self.told: list[tuple[str, Any]] = []
        self.errors: list[str] = []
        self.posts: list[str] = []
        self._listeners: dict[str, Any] = {
            "console": self._listen,
            "pageerror": lambda error: self.errors.append(str(error)),
            "request": self._note,
        }
        for name, listener in self._listeners.items():
            page.on(name, listener)  # type: ignore[call-overload]

    def open(self, path: str = "/page") -> None:
        self.page.goto(self.site + path)

    def ignore_missing_icons(self) -> None:
        """Have the icon that browsers look for, and that Django's admin has not, be no error."""
        self.page.route("**/favicon.ico", lambda route: route.fulfill(status=204))

    def sign_in(self, user: Any) -> None:
        """Be signed in from now on, without the form."""
        client = Client()
        client.force_login(user)
        cookie = client.cookies["sessionid"]
        self.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.site}])

    def sign_in_by_form(self, username: str, page: Page | None = None) -> None:
        page = page or self.page
        page.goto(self.site + "/sign-in")
        page.fill("[name=username]", username)
        page.fill("[name=password]", "password")
        page.click("text=Sign in")
        page.wait_for_url("**/page")

    def click(self, expect: str = "joinchat:linked") -> Any:
        """Click Send to Messenger and return the detail of the event that follows."""
        return self.do(lambda: self.page.click("text=to Messenger"), expect)

    def do(self, action: Any, expect: str) -> Any:
        """Do something and return the detail of the event that follows."""
        with self.page.expect_console_message(
            lambda message: self._told(message)[0] == expect, timeout=PATIENCE
        ) as found:
            action()
        return self._told(found.value)[1]

    def leave(self) -> None:
        """Close what was open and forget every cookie."""
        for name, listener in self._listeners.items():
            self.page.remove_listener(name, listener)
        for page in self.context.pages:
            if page is not self.page:
                close(page)
        self.page.unroute_all(behavior="wait")
        self.context.unroute_all()
        self.page.goto("about:blank")
        self.context.clear_cookies()

    @staticmethod
    def _told(message: ConsoleMessage) -> tuple[str, Any]:
        if not message.text.startswith("told:"):
            return "", None
        name, detail = json.loads(message.text.removeprefix("told:"))
        return name, detail

    def _listen(self, message: ConsoleMessage) -> None:
        name, detail = self._told(message)
        if name:
            self.told.append((name, detail))
        elif message.type in ("error", "warning"):
            self.errors.append(message.text)

    def _note(self, request: Any) -> None:
        if request.method == "POST" and request.url.startswith(f"{self.site}/"):
            self.posts.append(request.url.removeprefix(self.site))
