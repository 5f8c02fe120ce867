"""A real browser, a real site and a real sandbox."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from playwright.sync_api import Browser, Page, expect, sync_playwright

from joinchat_django.sandbox.server import SandboxServer
from tests.programs import axe_core, chromium

from .inbox import SECRET, Looker, looking
from .visitors import PATIENCE, Visitor, account, new_context

expect.set_options(timeout=PATIENCE)

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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
    return new_context(browser).new_page()


@pytest.fixture(scope="package")
def sandbox() -> Iterator[SandboxServer]:
    """The sandbox, which serves the SDK's script."""
    with SandboxServer(page_id=12345, api_secret=SECRET) as server:
        yield server


@pytest.fixture
def site(live_server: Any, sandbox: SandboxServer, settings: Any) -> str:
    """The address of a site whose bots take their SDK from the sandbox."""
    settings.ROOT_URLCONF = "tests.browser.urls"
    bot = {**settings.JOINCHAT["default"], "SDK_URL": sandbox.sdk_url}
    settings.JOINCHAT = {"default": bot, "second": {**bot, "PAGE_ID": 2}}
    return str(live_server.url)


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


@pytest.fixture(scope="package")
def axe() -> Path:
    """The file of axe-core."""
    return axe_core()


@pytest.fixture
def looker(tab: Page, sandbox: SandboxServer) -> Iterator[Looker]:
    """Somebody who looks at an empty inbox, in which nothing goes wrong."""
    with looking(tab, sandbox) as looker:
        yield looker
        assert looker.errors == []
