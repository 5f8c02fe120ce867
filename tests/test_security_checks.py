"""What ``check --deploy`` says of an insecure set-up, by the checks' ids."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.checks import CheckMessage
from django.core.checks.registry import registry
from django.core.management import call_command
from django.test import override_settings

from joinchat_django.security_checks import check_security

from .checking import BOT, ids_of, sound

each = pytest.mark.parametrize


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


def check(*, options: dict[str, Any] | None = None, **settings: Any) -> list[CheckMessage]:
    """Run the check on a site with these settings, whose bot has these options."""
    bot = {**BOT, "OPTIONS": options or {}}
    with override_settings(**{"DEBUG": False, "JOINCHAT": {"default": bot}, **settings}):
        return sound(check_security(app_configs=None))


def ids(**settings: Any) -> list[str]:
    return ids_of(check(**settings))


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


@each(
    "secret",
    ["password123456", "test-secret-1234", "12345678901234", "0123456789abcdef0123"]
    + ["joinchat_secret_2024", "Qwerty-Admin-987654", "your_9f86d081884c", "9f86d081-todo-4c7d"],
)
def test_w007_a_secret_that_comes_to_everybodys_mind(secret: str) -> None:
    assert with_secret(secret) == ["W007"]


@each(
    "secret",
    ["15150c9d53cc", "h5Tq-9sWz_Kd2", "a long sentence which somebody made up"]
    + ["YourK2v9QmX4wB", "q8toDo3LzV5n", "kTdummyW83hq", "secret_7c1f09be52", "c0123f9a84d6"]
    + ["a<9k>Q2!@#$%^&"],
)
def test_w007_not_a_secret_that_nobody_guesses(secret: str) -> None:
    assert with_secret(secret) == []


@each(
    "url",
    ["http://lin:5esame@proxy.example:3128", "http://lin:5esame[@proxy.example"]
    + ["socks5://lin:5esame@proxy.example", "SOCKS5H://lin:5esame@proxy.example:1080"],
)
def test_w008_a_proxys_password_in_the_clear(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert with_proxy(url) == ["W008"]
    monkeypatch.setenv("HTTPS_PROXY", url)
    assert ids() == ["W008"]


@each(
    "url",
    ["https://lin:5esame@proxy.example", "http://lin:5esame@localhost:3128", "http://proxy.example"]
    + ["http://lin@proxy.example", "socks5://proxy.example:1080", "http://lin:5esame@[", ""]
    + ["lin:5esame@proxy.example:3128"]  # To requests, "lin" is a scheme: it calls nothing.
    + ["http://lin:5esame@"],
)
def test_w008_not_a_password_that_nobody_can_read(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert with_proxy(url) == []
    monkeypatch.setenv("HTTPS_PROXY", url)
    assert ids() == []


def test_w008_not_of_a_proxy_that_no_call_goes_through(monkeypatch: pytest.MonkeyPatch) -> None:
    open_proxy = "http://lin:5esame@proxy.example"
    assert ids(options={"proxies": {"http": open_proxy}}) == []
    assert ids(options={"proxies": {"https": None, "all": open_proxy}}) == []
    assert ids(options={"proxies": {"all": open_proxy}}) == ["W008"]
    monkeypatch.setenv("HTTPS_PROXY", open_proxy)
    assert ids(options={"proxies": {}}) == []
    monkeypatch.setenv("NO_PROXY", "joinchat.ai")
    assert ids() == []


def with_bundle(path: Path) -> list[str]:
    return ids(options={"ca_bundle": str(path)})


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A file of certificates in a folder, neither of which others may write."""
    file = tmp_path / "certificates" / "own.pem"
    file.parent.mkdir(mode=0o755)
    file.touch(mode=0o644)
    return file


def test_w009_certificates_that_are_not_there(bundle: Path) -> None:
    assert with_bundle(bundle.with_name("gone.pem")) == ["W009"]
    assert ids(options={"ca_bundle": "a\0b"}) == ["W009"]


@each(("mode", "expected"), [(0o644, []), (0o664, []), (0o666, ["W009"])])
def test_w009_certificates_that_anybody_may_replace(
    bundle: Path, mode: int, expected: list[str]
) -> None:
    bundle.chmod(mode)
    assert with_bundle(bundle) == expected
    assert with_bundle(bundle.parent) == expected


@each(
    ("mode", "of_the_folder", "of_a_file_in_it"),
    [(0o755, [], []), (0o775, [], []), (0o777, ["W009"], ["W009"]), (0o1777, ["W009"], [])],
)
def test_w009_a_folder_that_anybody_may_add_to_or_replace_in(
    bundle: Path, mode: int, of_the_folder: list[str], of_a_file_in_it: list[str]
) -> None:
    bundle.parent.chmod(mode)
    assert with_bundle(bundle.parent) == of_the_folder
    assert with_bundle(bundle) == of_a_file_in_it


def test_w009_a_link_that_anybody_may_replace_or_whose_target(bundle: Path, tmp_path: Path) -> None:
    link = tmp_path / "links" / "own.pem"
    link.parent.mkdir(mode=0o755)
    link.symlink_to(bundle)
    assert with_bundle(link) == []
    for folder in (link.parent, bundle.parent):
        folder.chmod(0o777)
        assert with_bundle(link) == ["W009"]
        folder.chmod(0o755)


def test_w009_not_of_what_is_no_certificate_in_a_folder(bundle: Path) -> None:
    bundle.with_name("folder").mkdir()
    bundle.with_name("folder").chmod(0o777)
    assert with_bundle(bundle.parent) == []
    bundle.with_name("dangling.pem").symlink_to("gone.pem")
    assert with_bundle(bundle.parent) == []


def test_w009_a_path_as_settings_may_have_it(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(bundle.parent)
    monkeypatch.chdir(bundle.parent)
    paths = ["own.pem", "../certificates/", f"{tmp_path}/link/../certificates/own.pem"]
    assert [ids(options={"ca_bundle": path}) for path in paths] == [[], [], []]
    bundle.parent.chmod(0o777)
    assert [ids(options={"ca_bundle": path}) for path in paths] == [["W009"]] * 3


def test_w009_modes_say_nothing_on_windows_and_on_what_is_mounted_to_be_read(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle.chmod(0o666)
    assert with_bundle(bundle) == ["W009"]
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        assert ids(options={"ca_bundle": f"{bundle}"}) == []
    mounted = SimpleNamespace(f_flag=os.ST_RDONLY | os.ST_NOSUID)
    monkeypatch.setattr(os, "statvfs", lambda path: mounted)
    assert with_bundle(bundle) == []


@each(
    "name",
    ["password", "auth_token", "get_session_auth_hash", "delete", "api_key", "pwd", "pin_code"]
    + ["tokens", "otp2", "session_key", "_password", "refresh_from_db", "asave", "full_clean"]
    + ["set_unusable_password", "clean", "soft_delete", "send_reminder", "close", "__reduce__"],
)
def test_w010_what_no_template_should_have_of_a_user(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for method in (soft_delete, send_reminder, close):
        monkeypatch.setattr(get_user_model(), method.__name__, method, raising=False)
    (message,) = check(JOINCHAT_TEMPLATES={"USER_FIELDS": ["first_name", name]})
    assert message.id == "joinchat.W010"
    assert name in message.msg
    assert "first_name" not in message.msg


def soft_delete(user: Any) -> None: ...


def send_reminder(user: Any) -> None: ...


def get_delete_url(user: Any) -> None: ...


def close(user: Any) -> None: ...


close.alters_data = True  # type: ignore[attr-defined]


@each(
    "name",
    ["username", "get_full_name", "first_name", "email", "cleaned_name", "saved_cards", "pk"]
    + ["secretary", "footprint", "spotprice", "possession", "tokens_left", "last_session_date"]
    + ["has_usable_password", "otp_enabled", "natural_key", "__str__", "spinal", "soft_delete"]
    + ["get_delete_url"],
)
def test_w010_not_of_what_a_message_may_say(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_user_model(), "get_delete_url", get_delete_url, raising=False)
    assert ids(JOINCHAT_TEMPLATES={"USER_FIELDS": [name]}) == []
