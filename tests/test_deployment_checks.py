"""What ``check --deploy`` says of a site in production, by the checks' ids."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import CheckMessage
from django.core.checks.registry import registry
from django.core.management import call_command
from django.test import override_settings

from joinchat_django.checks import check_deployment
from joinchat_django.sandbox import SandboxServer

from .checking import BOT, PASSWORD, SECRET, ids_of, sound


def check(*, debug: bool = False, **entry: Any) -> list[CheckMessage]:
    """Run the check on a site whose bot has these keys."""
    with override_settings(DEBUG=debug, JOINCHAT={"default": {**BOT, **entry}}):
        return sound(check_deployment(app_configs=None))


def ids(**entry: Any) -> list[str]:
    return ids_of(check(**entry))


def test_a_site_hears_of_it_from_check_deploy_alone() -> None:
    assert check_deployment not in list[Any](registry.get_checks())
    assert check_deployment in list[Any](registry.get_checks(include_deployment_checks=True))


def test_check_deploy_names_a_sandbox_in_its_output(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with SandboxServer(page_id=1, api_secret=SECRET) as sandbox:
        settings.JOINCHAT = {
            "default": {**BOT, "API_URL": sandbox.api_url, "SDK_URL": sandbox.sdk_url}
        }
        call_command("check", deploy=True)
        told = capsys.readouterr().err
        assert f"JOINCHAT['default']['API_URL'] looks like a sandbox's ({sandbox.url})" in told
        assert f"JOINCHAT['default']['SDK_URL'] looks like a sandbox's ({sandbox.url})" in told
    assert "Leave API_URL out in production." in told


def test_a_site_that_talks_to_joinchat_has_nothing_to_mend() -> None:
    assert ids() == []


def test_a_site_in_development_may_point_where_it_likes() -> None:
    local = {"API_URL": "http://127.0.0.1:8765/", "SDK_URL": "http://127.0.0.1:8765/{key}.js"}
    assert ids(**local) == ["W004", "W004"]
    assert ids(debug=True, **local) == []
    assert ids(debug=True, BACKEND="joinchat_django.backends.console.ConsoleBackend") == []


@pytest.mark.parametrize(
    "place",
    [
        "http://127.0.0.1:8765",
        "http://localhost:8765",
        "http://shop.localhost",
        "http://[::1]:8765",
        "http://0.0.0.0:8765",
        "http://10.0.0.7",
        "http://192.168.1.7:8765",
        "http://joinchat-sandbox:8765",
        "https://127.0.0.1",
        "https://[fd00::7]",
        "https://sandbox",
        "https://sandbox.internal",
        "https://SANDBOX.LOCAL.",
    ],
)
def test_w004_an_address_that_looks_like_a_sandboxs(place: str) -> None:
    assert ids(API_URL=f"{place}/api/send_message") == ["W004"]
    assert ids(SDK_URL=f"{place}/{{key}}.js") == ["W004"]


@pytest.mark.parametrize(
    "place",
    [
        "https://joinchat.example",
        "https://93.184.216.34:8443",
        "http://joinchat.example",  # W001 says what is wrong with it.
        "http://93.184.216.34",
    ],
)
def test_w004_not_an_address_that_others_can_call(place: str) -> None:
    assert ids(API_URL=f"{place}/api", SDK_URL=f"{place}/{{key}}.js") == []


def test_w004_shows_no_password_of_an_address() -> None:
    (message,) = check(API_URL=f"http://lin:{PASSWORD}@127.0.0.1:8765/api?token={PASSWORD}")
    assert "(http://127.0.0.1:8765)" in message.msg
    assert PASSWORD not in message.msg


@pytest.mark.parametrize(
    "backend", ["console.ConsoleBackend", "dummy.DummyBackend", "locmem.LocMemBackend"]
)
def test_w005_a_backend_that_delivers_to_nobody(backend: str) -> None:
    (message,) = check(BACKEND=f"joinchat_django.backends.{backend}")
    assert message.id == "joinchat.W005"
    assert backend.partition(".")[2] in message.msg


def test_w005_names_the_bot() -> None:
    bots = {
        "default": BOT,
        "second": {**BOT, "BACKEND": "joinchat_django.backends.dummy.DummyBackend"},
    }
    with override_settings(JOINCHAT=bots):
        (message,) = check_deployment(app_configs=None)
    assert message.msg.startswith("JOINCHAT['second']['BACKEND'] is DummyBackend")


@pytest.mark.parametrize("entry", [{"BACKEND": "nope"}, {"API_URL": "http://["}, {"PAGE_ID": "1"}])
def test_faulty_settings_are_left_to_the_other_checks(entry: dict[str, Any]) -> None:
    assert ids(**entry) == []
