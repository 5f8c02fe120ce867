"""A site of asynchronous views, called by Django's own client and served by uvicorn."""

from __future__ import annotations

import asyncio
import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from asgiref.sync import async_to_sync
from django.core.exceptions import SynchronousOnlyOperation
from django.test import AsyncClient

from joinchat_django.signals import user_linked

from . import asgi_urls
from .delivery.dispatchers.services import answers
from .readme.blocks import block
from .receiving import receiving
from .saving import SAVE, TOKEN, links
from .scripts import ROOT
from .servers import free_port
from .waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.asgi_urls")]


class Visitor:
    """A browser on the site, which has an event loop for each request."""

    def __init__(self) -> None:
        self.client = AsyncClient(enforce_csrf_checks=True)

    def get(self, path: str) -> Any:
        return async_to_sync(self.client.get)(path)

    def save(self, uuid: str) -> Any:
        """Do what the page's script does."""
        token = self.get(TOKEN).json()["csrfToken"]
        form = {"uuid": uuid, "csrfmiddlewaretoken": token}
        return async_to_sync(self.client.post)(SAVE, form).json()


@pytest.fixture
def visitor() -> Visitor:
    return Visitor()


def test_the_tag_is_safe_in_an_async_view(visitor: Visitor, user: Any) -> None:
    visitor.get("/sign-in")
    assert "joinchat.js" in visitor.get("/page").content.decode()


def test_a_user_is_linked(visitor: Visitor, user: Any) -> None:
    visitor.get("/sign-in")
    assert visitor.save("abc") == {"linked": True}
    assert links() == [("tom", "default", "abc")]


def test_a_uuid_that_waits_is_linked_by_an_async_sign_in(visitor: Visitor, user: Any) -> None:
    assert visitor.save("abc") == {"linked": False, "pending": True}
    visitor.get("/sign-in")
    assert links() == [("tom", "default", "abc")]


def test_a_site_that_asks_everybody_to_sign_in_still_lets_visitors_save(
    visitor: Visitor, user: Any, settings: Any
) -> None:
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, required]
    settings.LOGIN_URL = "/sign-in"
    assert visitor.get("/account").status_code == 302
    assert visitor.save("abc")["pending"] is True
    visitor.get("/sign-in")
    assert visitor.get("/account").content == b"Linked: abc"


@pytest.mark.django_db(transaction=True)
def test_an_async_receiver_hears_of_a_link(visitor: Visitor, user: Any) -> None:
    heard = []

    async def receiver(link: Any, created: bool, **kwargs: Any) -> None:
        await asyncio.sleep(0)
        heard.append((link.uuid, created))

    with receiving(user_linked, receiver):
        visitor.get("/sign-in")
        visitor.save("abc")
    assert heard == [("abc", True)]


def test_the_readmes_view_tells_whether_a_user_is_linked(visitor: Visitor, user: Any) -> None:
    body = block("python", "acurrent_link").splitlines()[1:]
    assert body == inspect.getsource(asgi_urls.account).splitlines()[1:]
    assert visitor.get("/account").content == b"Linked: not yet"
    visitor.get("/sign-in")
    visitor.save("abc")
    assert visitor.get("/account").content == b"Linked: abc"


def test_the_filter_says_so_where_it_may_not_ask(visitor: Visitor, user: Any) -> None:
    visitor.get("/sign-in")
    with pytest.raises(SynchronousOnlyOperation):
        visitor.get("/filter")


# uvicorn


@pytest.fixture
def uvicorn(tmp_path: Path) -> Iterator[str]:
    """The address of the site on uvicorn, with a user; every warning is an error."""
    python = [sys.executable, "-W", "error", "-m"]
    port = free_port()
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.asgi_settings",
        "DJANGO_SUPERUSER_PASSWORD": "password",
        "JOINCHAT_TEST_FILE": str(tmp_path / "db.sqlite3"),
        "PYTHONPATH": str(ROOT),
    }
    new_user = ["createsuperuser", "--noinput", "--username=tom", "--email=tom@example.com"]
    for command in (["migrate", "--verbosity=0"], new_user):
        subprocess.run([*python, "django", *command], env=environment, cwd=ROOT, check=True)
    application = ["--factory", "django.core.asgi:get_asgi_application"]
    serving = [*python, "uvicorn", *application, f"--port={port}", "--log-level=warning"]
    with subprocess.Popen(
        serving, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            wait_until(lambda: answers(port) or process.poll() is not None)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            printed = process.communicate(timeout=PATIENCE)[0].decode()
    assert printed == ""


@pytest.mark.processes
def test_a_real_server_serves_the_page_and_links(uvicorn: str) -> None:
    with requests.Session() as browser:

        def get(path: str) -> requests.Response:
            answer = browser.get(uvicorn + path, timeout=PATIENCE)
            answer.raise_for_status()
            return answer

        assert f'data-joinchat-save-url="{SAVE}"' in get("/page").text
        form = {"uuid": "abc", "csrfmiddlewaretoken": get(TOKEN).json()["csrfToken"]}
        saved = browser.post(uvicorn + SAVE, form, timeout=PATIENCE)
        assert saved.json() == {"linked": False, "pending": True}
        assert get("/account").text == "Linked: not yet"
        get("/sign-in")
        assert get("/account").text == "Linked: abc"
        assert "joinchat.js" in get("/page").text
