from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery import pauses
from joinchat_django.management.commands.joinchat_check import masked
from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.sandbox.server import SandboxServer
from tests.servers import free_port

pytestmark = pytest.mark.django_db
SECRET = "5ecret-which-nobody-may-see-3f9a"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def sandbox(settings: Any) -> Iterator[SandboxServer]:
    """A site whose bot sends to the sandbox over real HTTP; a worker delivers."""
    with SandboxServer(page_id=12345, api_secret=SECRET) as server:
        entry = {"PAGE_ID": 12345, "API_SECRET": SECRET, "API_URL": server.api_url}
        settings.JOINCHAT = {"default": {**entry, "OPTIONS": {"proxies": {}, "deadline": 5}}}
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
        yield server


def check(*arguments: str) -> tuple[int, str]:
    """Return the command's status and what it printed, without the secret in it."""
    out = io.StringIO()
    status = 0
    try:
        call_command("joinchat_check", *arguments, stdout=out, no_color=True)
    except CommandError as error:
        status = error.returncode
    assert SECRET[:-4] not in out.getvalue()
    return status, out.getvalue()


def found(*arguments: str) -> dict[str, Any]:
    """Return the JSON object, whose ``ok`` fits the status."""
    status, text = check("--json", *arguments)
    # Infinity and NaN are no JSON.
    report: dict[str, Any] = json.loads(text, parse_constant=pytest.fail)
    assert report["ok"] is (status == 0)
    assert report["ok"] is (not report["problems"])
    return report


def put(**changes: Any) -> None:
    """Put a row into the outbox that is in some state."""
    row = outbox.send(Recipient(uuid="lin"), Text("Hello"))
    OutboxMessage.objects.filter(pk=row.pk).update(**changes)


def problem(*arguments: str) -> str:
    """Return the one problem that there is."""
    [one] = found(*arguments)["problems"]
    return str(one)


# All is well.


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
    for arguments in ([], ["--json"]):
        _status, text = check(*arguments)
        assert f"{sandbox.api_url}?********" in text
        assert "hunter2" not in text


def test_a_backend_without_a_server_has_no_connection(settings: Any) -> None:
    settings.JOINCHAT["default"]["BACKEND"] = "joinchat_django.backends.locmem.LocMemBackend"
    settings.JOINCHAT["default"]["API_URL"] = f"http://127.0.0.1:{free_port()}/"
    report = found()
    assert report["bots"]["default"]["connection"] is None


def test_no_server_is_called_without_need(settings: Any) -> None:
    settings.JOINCHAT["default"]["API_URL"] = f"http://127.0.0.1:{free_port()}/"
    assert found("--no-connection")["ok"]


def test_one_bot_of_several(settings: Any) -> None:
    second = {**settings.JOINCHAT["default"], "PAGE_ID": 2}
    settings.JOINCHAT = {**settings.JOINCHAT, "second": second}
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


# Something is wrong: status 1, and a sentence that says what to do.


def test_a_server_that_cannot_be_reached(settings: Any) -> None:
    settings.JOINCHAT["default"]["API_URL"] = f"http://127.0.0.1:{free_port()}/"
    assert "Bot 'default': Connections to 127.0.0.1:" in problem()
    assert "Connection  127.0.0.1" in check()[1]


def test_faulty_settings_are_named_and_the_rest_is_shown(settings: Any) -> None:
    put(send_at=timezone.now() + HOUR)
    settings.JOINCHAT = {"default": {"API_SECRET": SECRET, "PAGE_ID": "12345"}}
    settings.JOINCHAT_DELIVERY = {"LEASE": "long"}
    report = found()
    assert "JOINCHAT['default']['PAGE_ID'] must be an integer" in report["problems"][0]
    assert "JOINCHAT_DELIVERY['LEASE'] must be a number" in report["problems"][1]
    assert report["delivery"] is None
    assert report["bots"]["default"]["page_id"] is None
    assert report["bots"]["default"]["queue"]["scheduled"] == 1
    assert "PAGE_ID" in check()[1]


@pytest.mark.parametrize("lease", [float("inf"), float("nan")])
def test_settings_without_an_end_are_faulty(settings: Any, lease: float) -> None:
    settings.JOINCHAT_DELIVERY = {"LEASE": lease, "RATE": float("inf")}
    report = found()
    assert "JOINCHAT_DELIVERY['LEASE'] must be at least 1, at most 86400" in report["problems"][0]
    assert "JOINCHAT_DELIVERY['RATE'] must be" in report["problems"][1]


@pytest.mark.parametrize("wait", ["nan", "inf", "-1", "long"])
def test_a_wait_that_is_none(wait: str) -> None:
    with pytest.raises(CommandError, match=f"'{wait}' is not a number of seconds"):
        call_command("joinchat_check", f"--max-wait={wait}")


@pytest.mark.parametrize("bots", [None, {}, 7])
def test_no_settings_at_all(settings: Any, bots: Any) -> None:
    settings.JOINCHAT = bots
    assert 'Set JOINCHAT = {"default"' in problem()


def test_a_backend_that_does_not_exist(settings: Any) -> None:
    settings.JOINCHAT["default"]["BACKEND"] = "no.such.Backend"
    assert "no.such.Backend" in problem()


def test_a_bot_that_a_fault_has_paused() -> None:
    pauses.pause("default", 60, "The secret\nis \x1b[31mwrong.")
    assert problem().startswith("Bot 'default' is paused: The secret is \x1b[31mwrong.")
    pause = found()["bots"]["default"]["pause"]
    assert pause["until"]
    status, text = check()
    assert status == 1
    assert "  Paused      until " in text
    assert "\x1b" not in text


def test_a_bot_that_somebody_has_paused_is_a_warning() -> None:
    BotState.objects.create(bot="default", is_paused=True, reason="Holidays")
    report = found()
    assert report["ok"]
    assert report["warnings"] == ["Bot 'default' is paused until somebody resumes it: Holidays."]
    # And what waits for that is no problem, either.
    put(send_at=timezone.now() - HOUR)
    assert (found()["problems"], found()["warnings"]) == ([], report["warnings"])


def test_a_pause_that_has_run_out_is_a_warning_if_there_is_no_message_to_try() -> None:
    pauses.pause("default", 60, "The secret is wrong.")
    assert "is paused: The secret is wrong." in problem()
    BotState.objects.update(paused_until=timezone.now() - HOUR)
    report = found()
    assert report["ok"]
    assert report["bots"]["default"]["pause"]["is_over"] is True
    [warning] = report["warnings"]
    assert warning.startswith("Bot 'default' was paused: The secret is wrong. The next message")
    put(send_at=timezone.now() - HOUR)
    assert "is paused: The secret is wrong." in problem()


def test_a_message_that_waits_for_too_long() -> None:
    put(send_at=timezone.now() - HOUR)
    assert "has been due for 60 min. See that manage.py joinchat_worker" in problem()
    assert found("--max-wait", "7200")["ok"]
    assert "for 60 min at most" in check()[1]


def test_a_message_behind_one_that_is_to_be_tried_again_is_not_waiting_for_a_worker() -> None:
    put(send_at=timezone.now() + HOUR, attempts=2)
    put(send_at=timezone.now() - HOUR)
    assert found()["ok"]
    assert found()["bots"]["default"]["queue"]["waiting"] == 1


def test_a_message_that_a_dead_worker_left() -> None:
    past = timezone.now() - HOUR
    put(send_at=past, status="sending", lease_until=past)
    assert "has been due for 60 min" in problem()
    assert "1 left by dead workers" in check()[1]


def test_messages_of_a_bot_that_the_settings_no_longer_name() -> None:
    put(bot="closed", send_at=timezone.now() + HOUR)
    assert problem().startswith("Nobody sends the 1 message of the bot 'closed', which")
    assert found()["bots"]["closed"]["page_id"] is None
    OutboxMessage.objects.update(status="sent")
    assert found()["ok"]
    assert list(found()["bots"]) == ["default"]


def test_ways_out_for_messages_of_a_bot_that_the_settings_no_longer_name(settings: Any) -> None:
    put(bot="closed", send_at=timezone.now() - HOUR)
    put(bot="closed", status="sending", lease_until=timezone.now() - HOUR)
    said = problem()
    assert "A dead worker held 1 message, which cannot be cancelled" in said
    assert outbox.cancel(OutboxMessage.objects.all()) == 1
    backend = "joinchat_django.backends.dummy.DummyBackend"
    assert backend in said
    closed = {**settings.JOINCHAT["default"], "BACKEND": backend}
    settings.JOINCHAT = {**settings.JOINCHAT, "closed": closed}
    call_command("joinchat_worker", "--once", stdout=io.StringIO())
    del settings.JOINCHAT["closed"]
    assert found()["ok"]


def test_messages_that_are_to_be_tried_again_are_a_warning() -> None:
    put(attempts=1, send_at=timezone.now() + HOUR)
    [warning] = found("--no-connection")["warnings"]
    assert "1 message did not get through" in warning


def test_messages_that_may_have_arrived_are_a_warning() -> None:
    put(status="uncertain", settled_at=timezone.now())
    report = found()
    assert report["ok"]
    assert "1 message may or may not have arrived" in report["warnings"][0]


@pytest.mark.django_db(transaction=True)
def test_an_outbox_that_cannot_be_read() -> None:
    table = connection.ops.quote_name(OutboxMessage._meta.db_table)
    aside = connection.ops.quote_name("aside")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {aside}")
    try:
        report = found()
        status, text = check()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {aside} RENAME TO {table}")
    assert "The outbox cannot be read" in report["problems"][0]
    assert "manage.py migrate" in report["problems"][0]
    assert report["bots"]["default"]["queue"] is None
    assert report["bots"]["default"]["connection"]["ok"]
    assert status == 1
    assert "Page        12345" in text


def test_a_terminal_that_knows_ascii_alone() -> None:
    BotState.objects.create(bot="default", is_paused=True, reason="小琳")
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="ascii")
    call_command("joinchat_check", stdout=out, no_color=True)
    call_command("joinchat_check", "--json", stdout=out, no_color=True)
    out.flush()
    assert raw.getvalue().count(rb"\u5c0f\u7433") > 1
