"""All is well: the set-up, the connection and what waits, for people and for programs."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from joinchat_django.management.commands.joinchat_check import masked
from joinchat_django.models import BotState
from joinchat_django.sandbox import SandboxServer
from tests.servers import free_port

from .checking import HOUR, check, found, problem, put

pytestmark = pytest.mark.django_db


def test_a_site_that_works(sandbox: SandboxServer) -> None:
    status, text = check()
    assert status == 0
    assert text.endswith("No problems.\n")
    for line in (
        "  Dispatcher  worker",
        "Bot default",
        "  Page        12345",
        "  Secret      ********3f9a",
        "  Backend     joinchat_django.backends.http.HTTPBackend",
        f"  API_URL     {sandbox.api_url}",
        f"  Connection  127.0.0.1:{sandbox.port}: HTTP 405",
        "  Due         0",
        "  Later       0 to be tried again, 0 scheduled",
        "  Being sent  0",
        "  Uncertain   0",
    ):
        assert f"{line}\n" in text
    assert sandbox.inbox.messages() == []


def test_the_same_as_json(sandbox: SandboxServer) -> None:
    put(send_at=timezone.now() - timedelta(minutes=2))
    put(send_at=timezone.now() + HOUR)
    report = found()
    assert list(report) == ["ok", "problems", "warnings", "delivery", "bots"]
    assert report["delivery"]["dispatcher"] == "worker"
    assert report["delivery"]["retention"] == 90
    bot = report["bots"]["default"]
    assert list(bot) == ["page_id", "secret", "backend", "api_url", "connection", "queue", "pause"]
    assert (bot["page_id"], bot["secret"], bot["pause"]) == (12345, "********3f9a", None)
    assert bot["connection"]["ok"] is True
    assert bot["connection"]["status"] == 405
    assert bot["queue"].pop("oldest_wait") == pytest.approx(120, abs=60)
    assert bot["queue"] == {
        "waiting": 1,
        "retrying": 0,
        "scheduled": 1,
        "sending": 0,
        "abandoned": 0,
        "uncertain": 0,
    }


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("", "********"),
        ("a-short-one-15c", "********"),
        ("a-longer-one-16c", "*" * 8 + "-16c"),
        ("x" * 100 + "last", "********last"),
    ],
)
def test_of_a_secret_four_characters_are_seen_at_most(secret: str, shown: str) -> None:
    assert masked(secret) == shown


def test_a_password_in_the_url_is_not_shown(settings: Any, sandbox: SandboxServer) -> None:
    url = sandbox.api_url.replace("127.0.0.1", "me:pa55word@127.0.0.1")
    settings.JOINCHAT["default"]["API_URL"] = url
    for arguments in ([], ["--json"]):
        _status, text = check(*arguments)
        assert sandbox.api_url in text
        assert "pa55word" not in text


def test_a_token_in_the_url_is_not_shown(settings: Any, sandbox: SandboxServer) -> None:
    settings.JOINCHAT["default"]["API_URL"] = f"{sandbox.api_url}?token=hunter2#hunter2"
    shown = f"{sandbox.api_url}?…"
    for arguments, expected in (([], shown), (["--json"], json.dumps(shown))):
        _status, text = check(*arguments)
        assert expected in text
        assert "hunter2" not in text


def test_a_backend_without_a_server_has_no_connection(settings: Any) -> None:
    settings.JOINCHAT["default"]["BACKEND"] = "joinchat_django.backends.locmem.LocMemBackend"
    settings.JOINCHAT["default"]["API_URL"] = f"http://127.0.0.1:{free_port()}/"
    report = found()
    assert report["bots"]["default"]["connection"] is None


def test_no_server_is_called_without_need(settings: Any) -> None:
    settings.JOINCHAT["default"]["API_URL"] = f"http://127.0.0.1:{free_port()}/"
    assert found("--no-connection")["ok"]


def test_one_bot_of_several(second_bot: None) -> None:
    assert list(found()["bots"]) == ["default", "second"]
    assert list(found("--bot", "second")["bots"]) == ["second"]
    assert "no bot 'third'" in problem("--bot", "third")


def test_bots_that_go_the_same_way_are_checked_once_and_others_each(settings: Any) -> None:
    one = settings.JOINCHAT["default"]
    patient = {**one, "OPTIONS": {**one["OPTIONS"], "connect_timeout": 4}}
    lost = {**one, "API_URL": f"http://127.0.0.1:{free_port()}/"}
    same = {**one, "PAGE_ID": 2}
    settings.JOINCHAT = {"default": one, "patient": patient, "lost": lost, "same": same}
    report = found()
    [problem] = report["problems"]
    assert problem.startswith("Bot 'lost': Connections to 127.0.0.1:")
    # With the times that were taken: no two checks have the same.
    ways = {alias: bot["connection"] for alias, bot in report["bots"].items()}
    assert ways["same"] == ways["default"]
    assert ways["patient"]["ok"]
    assert ways["patient"] != ways["default"]


def test_a_silenced_check_is_silent(settings: Any) -> None:
    settings.JOINCHAT["default"]["SDK_URL"] = "http://joinchat.example/{key}.js"
    [warning] = found()["warnings"]
    assert "is not https" in warning
    settings.SILENCED_SYSTEM_CHECKS = ["joinchat.W001"]
    assert found()["warnings"] == []


def test_a_terminal_that_knows_ascii_alone() -> None:
    BotState.objects.create(bot="default", is_paused=True, reason="小琳")
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    call_command("joinchat_check", stdout=out, no_color=True)
    call_command("joinchat_check", "--json", stdout=out, no_color=True)
    out.flush()
    assert raw.getvalue().count(rb"\u5c0f\u7433") > 1
