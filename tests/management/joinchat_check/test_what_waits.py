"""Paused bots and waiting messages: which of them are a problem, and which a warning."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.delivery import pauses
from joinchat_django.models import BotState, OutboxMessage

from .checking import HOUR, check, found, problem, put

pytestmark = pytest.mark.django_db


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
