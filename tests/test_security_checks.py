"""What ``check --deploy`` says of an insecure set-up, by the checks' ids."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.checks.registry import registry
from django.core.management import call_command
from django.test import override_settings

from joinchat_django.security_checks import check_security

SECRET = "5ecret-which-nobody-may-see"
BOT = {"PAGE_ID": 12345, "API_SECRET": SECRET}
each = pytest.mark.parametrize


def check(*, options: dict[str, Any] | None = None, **settings: Any) -> list[CheckMessage]:
    """Run the check; no message shows a secret or lacks a way out."""
    bot = {**BOT, "OPTIONS": options or {}}
    with override_settings(**{"DEBUG": False, "JOINCHAT": {"default": bot}, **settings}):
        found = check_security(app_configs=None)
    shown = repr([(message.msg, message.hint) for message in found])
    assert SECRET not in shown
    assert "5esame" not in shown
    assert all(message.msg and message.hint for message in found)
    return found


def ids(**settings: Any) -> list[str]:
    return [str(message.id).removeprefix("joinchat.") for message in check(**settings)]


def with_secret(secret: str) -> list[str]:
    return ids(JOINCHAT={"default": {**BOT, "API_SECRET": secret}})


def with_proxy(url: str) -> list[str]:
    return ids(options={"proxies": {"https": url}})


def test_a_site_hears_of_it_from_check_deploy_alone(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_security not in list[Any](registry.get_checks())
    settings.JOINCHAT = {"default": {**BOT, "API_SECRET": "changeme-changeme"}}
    call_command("check", deploy=True)
    told = capsys.readouterr().err
    assert "(joinchat.W007)" in told
    assert "changeme" not in told


def test_a_sound_site_has_nothing_to_mend() -> None:
    assert ids() == []


def test_a_site_in_development_is_left_alone() -> None:
    bot = {"PAGE_ID": 1, "API_SECRET": "x"}
    assert ids(DEBUG=True, JOINCHAT={"default": bot}, JOINCHAT_LINKING={"ACCEPT_GET": True}) == []


def test_faulty_settings_are_left_to_the_other_checks() -> None:
    assert ids(JOINCHAT=None) == []
    assert ids(JOINCHAT_LINKING={"ACCEPT_GET": True, "nope": 1}) == []


@each("settings", [{}, {"SESSION_COOKIE_SECURE": False, "CSRF_COOKIE_SECURE": True}])
def test_w006_saving_by_get_without_https(settings: dict[str, Any]) -> None:
    assert ids(JOINCHAT_LINKING={"ACCEPT_GET": True}, **settings) == ["W006"]


@each("setting", ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE"])
def test_w006_not_on_a_site_that_is_held_to_https(setting: str) -> None:
    assert ids(JOINCHAT_LINKING={"ACCEPT_GET": True}, **{setting: True}) == []


@each(
    "secret",
    ["x", "secret", "changeme", "CHANGE-ME-please", "your-api-secret", "sandbox-secret", "…" * 20]
    + [
        "x" * 40,
        "abababababababab",
        "<your API secret here>",
        "django-insecure-1a2b3c4d5e6f",
        "TODO",
    ],
)
def test_w007_a_secret_that_looks_like_a_placeholder(secret: str) -> None:
    assert with_secret(secret) == ["W007"]


@each("secret", ["15150c9d53cc", "h5Tq-9sWz_Kd2", "a long sentence which somebody made up"])
def test_w007_not_a_secret_that_nobody_guesses(secret: str) -> None:
    assert with_secret(secret) == []


@each(
    "url", ["http://lin:5esame@proxy.example:3128", "lin:5esame@proxy.example", "http://5esame@["]
)
def test_w008_a_proxys_password_in_the_clear(url: str) -> None:
    assert with_proxy(url) == ["W008"]


@each(
    "url",
    [
        "https://lin:5esame@proxy.example",
        "http://lin:5esame@localhost:3128",
        "http://proxy.example",
    ],
)
def test_w008_not_a_password_that_nobody_can_read(url: str) -> None:
    assert with_proxy(url) == []


def test_w009_certificates_that_are_not_there(tmp_path: Path) -> None:
    assert ids(options={"ca_bundle": str(tmp_path / "gone.pem")}) == ["W009"]
    assert ids(options={"ca_bundle": "a\0b"}) == ["W009"]


def test_w009_certificates_that_anybody_may_replace(tmp_path: Path) -> None:
    bundle = tmp_path / "own.pem"
    bundle.write_text("")
    for mode, expected in ((0o644, []), (0o664, []), (0o666, ["W009"])):
        os.chmod(bundle, mode)
        assert ids(options={"ca_bundle": str(bundle)}) == expected


@each("name", ["password", "auth_token", "get_session_auth_hash", "delete", "api_key"])
def test_w010_what_no_template_should_have_of_a_user(name: str) -> None:
    (message,) = check(JOINCHAT_TEMPLATES={"USER_FIELDS": ["first_name", name]})
    assert message.id == "joinchat.W010"
    assert name in message.msg
    assert "first_name" not in message.msg


def test_w010_not_of_names() -> None:
    names = ["username", "get_full_name", "first_name", "email", "cleaned_name", "saved_cards"]
    assert ids(JOINCHAT_TEMPLATES={"USER_FIELDS": names}) == []
