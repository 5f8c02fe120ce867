"""An anonymous visitor's uuid, in each kind of session that Django has."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django import linking
from tests.saving import SAVE, links

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.browser.flow_urls")]

ENGINES = (
    "db",
    "cache",
    "signed_cookies",
    pytest.param("cached_db", marks=pytest.mark.thorough),
    pytest.param("file", marks=pytest.mark.thorough),
)


@pytest.fixture(params=ENGINES, autouse=True)
def engine(request: Any, settings: Any, tmp_path: Path) -> str:
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    return str(request.param)


@pytest.fixture(autouse=True)
def accounts() -> None:
    for username in ("tom", "jerry"):
        get_user_model().objects.create_user(username, password="password")


def sign_in(client: Client, username: str) -> None:
    form = {"username": username, "password": "password"}
    assert client.post("/sign-in", form).status_code == 302
    assert client.get("/page").wsgi_request.user.get_username() == username


def sign_out(client: Client) -> None:
    assert client.post("/sign-out").status_code == 302
    assert client.get("/page").wsgi_request.user.is_anonymous


def test_a_sign_in_changes_the_sessions_key_and_links_what_waits(client: Client) -> None:
    client.post(SAVE, {"uuid": "abc"})
    before = client.session.session_key
    sign_in(client, "tom")
    assert client.session.session_key != before
    assert links() == [("tom", "default", "abc")]
    assert linking.SESSION_KEY not in client.session


def test_a_sign_up_does_so_too(client: Client) -> None:
    client.post(SAVE, {"uuid": "abc"})
    passwords = {"password1": "fern-and-kettle", "password2": "fern-and-kettle"}
    assert client.post("/sign-up", {"username": "newcomer", **passwords}).status_code == 302
    assert links() == [("newcomer", "default", "abc")]


def test_a_sign_out_drops_what_waits(client: Client) -> None:
    client.post(SAVE, {"uuid": "abc"})
    sign_out(client)
    sign_in(client, "tom")
    assert links() == []


def test_the_next_user_of_the_browser_gets_nothing_after_a_sign_out(client: Client) -> None:
    client.post(SAVE, {"uuid": "abc"})
    sign_in(client, "tom")
    sign_out(client)
    sign_in(client, "jerry")
    assert links() == [("tom", "default", "abc")]


def test_the_next_user_gets_nothing_without_a_sign_out_either(client: Client) -> None:
    client.post(SAVE, {"uuid": "abc"})
    sign_in(client, "tom")
    sign_in(client, "jerry")
    assert links() == [("tom", "default", "abc")]


def test_what_waits_ends_with_its_session(client: Client, settings: Any, engine: str) -> None:
    of_a_normal_age, settings.SESSION_COOKIE_AGE = settings.SESSION_COOKIE_AGE, -1
    client.post(SAVE, {"uuid": "abc"})
    # A cache drops at once what has ended, the sign-in's own session too; others look as they read.
    if engine == "cache":
        settings.SESSION_COOKIE_AGE = of_a_normal_age
    assert client.post("/sign-in", {"username": "tom", "password": "password"}).status_code == 302
    assert links() == []


def test_after_a_users_session_has_ended_the_next_one_gets_nothing(client: Client) -> None:
    client.post(SAVE, {"uuid": "abc"})
    sign_in(client, "tom")
    client.session.flush()
    client.cookies["sessionid"] = "of-a-session-that-has-ended"
    sign_in(client, "jerry")
    assert links() == [("tom", "default", "abc")]
