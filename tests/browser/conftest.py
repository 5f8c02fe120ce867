"""A real browser, a real site and a real sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from joinchat_django.sandbox.server import SandboxServer
from tests.programs import axe_core, chromium

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds

#: Tells the test, by the console, what happens in the page. It runs before any of its scripts.
LISTENER = """
    window.tellTest = (name, detail) => console.info("told:" + JSON.stringify([name, detail]));
    for (const name of ["joinchat:linked", "joinchat:failed"]) {
        document.addEventListener(name, (event) => tellTest(name, event.detail));
    }
"""


# Not for the session: while Playwright runs, this thread has a running event loop, in which no
# other test may start one, and Django refuses the ORM unless told that nothing is concurrent here.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, started once for the tests of this directory."""
    path = chromium()
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if as_root else [])]
    with pytest.MonkeyPatch.context() as patched, sync_playwright() as playwright:
        patched.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="package", autouse=True)
def one_request_at_a_time() -> Iterator[None]:
    """Let a site on a database in memory answer one request after the other.

    Its threads share one connection there, and so one transaction: what one of them rolls back
    takes the other's rows along.
    """
    lock = threading.Lock()
    get_response = WSGIHandler.get_response

    def one_by_one(handler: WSGIHandler, request: HttpRequest) -> HttpResponseBase:
        is_shared = connection.vendor == "sqlite" and connection.is_in_memory_db()
        with lock if is_shared else contextlib.nullcontext():
            return get_response(handler, request)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(WSGIHandler, "get_response", one_by_one)
        yield


@pytest.fixture(scope="package")
def tab(browser: Browser) -> Page:
    """A tab that all visitors use, one after the other: a new one each time costs too long."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    context.add_init_script(LISTENER)
    return context.new_page()


@pytest.fixture(scope="package")
def sandbox() -> Iterator[SandboxServer]:
    """The sandbox, which serves the SDK's script."""
    with SandboxServer(page_id=12345, api_secret="of-the-sandbox") as server:
        yield server


@pytest.fixture
def site(live_server: Any, sandbox: SandboxServer, settings: Any) -> str:
    """The address of a site whose bots take their SDK from the sandbox."""
    settings.ROOT_URLCONF = "tests.browser.urls"
    bot = {**settings.JOINCHAT["default"], "SDK_URL": sandbox.sdk_url}
    settings.JOINCHAT = {"default": bot, "second": {**bot, "PAGE_ID": 2}}
    return str(live_server.url)


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


@pytest.fixture
def visitor(tab: Page, site: str) -> Iterator[Visitor]:
    """Somebody who has never been here."""
    visitor = Visitor(tab, site)
    yield visitor
    visitor.leave()


@pytest.fixture
def customer(visitor: Visitor, transactional_db: None) -> Visitor:
    """A visitor who is signed in as ``tom``, whose password is ``password``."""
    visitor.sign_in(account("tom"))
    return visitor


def account(username: str) -> Any:
    return get_user_model().objects.create_user(username, password="password")


@pytest.fixture(scope="package")
def axe() -> Path:
    """The file of axe-core."""
    return axe_core()
