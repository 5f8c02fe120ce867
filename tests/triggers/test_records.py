"""How triggers fare is added up for all machines, and never in the way of what fires them."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import triggers
from joinchat_django.api import Text
from joinchat_django.models import TriggerState
from joinchat_django.triggers import records

from .signals import order_placed
from .tables import away

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def receipt() -> None:
    """A trigger that does as its signal says."""

    @triggers.on(order_placed, name="receipt")
    def receipt(
        sender: Any, user: Any = None, error: Exception | None = None, **kwargs: Any
    ) -> Any:
        if error:
            raise error
        return triggers.Send(user, Text("Thank you")) if user else None


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing wait for others to be written with."""
    monkeypatch.setattr(records, "RECORD_SECONDS", 0)
    monkeypatch.setattr(records, "FAILURE_SECONDS", 0)


@pytest.fixture
def seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be written twice while a test runs."""
    monkeypatch.setattr(records, "RECORD_SECONDS", 3600)
    monkeypatch.setattr(records, "FAILURE_SECONDS", 3600)


def counts() -> list[tuple[int, int, int]]:
    return list(TriggerState.objects.values_list("fired", "skipped", "failed"))


def test_what_happened_is_counted_with_the_time(at_once: None, user: Any) -> None:
    before = timezone.now()
    order_placed.send(None)
    order_placed.send(None, user=user)
    order_placed.send(None, error=LookupError("No order A-17."))
    state = TriggerState.objects.get(name="receipt")
    assert counts() == [(3, 1, 1)]
    assert before <= state.last_failed_at <= state.last_fired_at <= timezone.now()
    assert state.last_error == "LookupError: No order A-17."
    assert state.is_active


def test_several_processes_add_up(at_once: None) -> None:
    later = timezone.now() + datetime.timedelta(hours=1)
    TriggerState.objects.create(name="receipt", fired=10, skipped=5, last_fired_at=later)
    order_placed.send(None)
    assert counts() == [(11, 5, 0)]
    assert TriggerState.objects.get().last_fired_at == later


def test_the_switch_stays_as_it_is(at_once: None) -> None:
    triggers.switch("receipt", on=False)
    TriggerState.objects.update(is_active=True)  # Another process, a moment before.
    triggers.forget()
    order_placed.send(None)
    TriggerState.objects.update(is_active=False)
    order_placed.send(None)
    assert not TriggerState.objects.get().is_active
    assert counts() == [(2, 0, 0)]


def test_a_busy_trigger_is_written_seldom_and_whole(seldom: None) -> None:
    with CaptureQueriesContext(connection) as asked:
        for _number in range(50):
            order_placed.send(None)
    writes = [one for one in asked if one["sql"].startswith(("INSERT", "UPDATE"))]
    assert len(writes) <= 3
    assert counts() == [(1, 0, 0)]


def test_what_a_burst_leaves_is_written_when_a_request_begins(
    client: Client, seldom: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(50):
        order_placed.send(None)
    client.get("/nowhere")
    assert counts() == [(1, 0, 0)]
    monkeypatch.setattr(records, "RECORD_SECONDS", 0)
    with transaction.atomic():
        client.get("/nowhere")
        assert counts() == [(1, 0, 0)]
    client.get("/nowhere")
    assert counts() == [(50, 0, 0)]


class TestATransactionOfTheSite:
    def test_is_not_written_in(self, at_once: None) -> None:
        TriggerState.objects.create(name="receipt")
        with transaction.atomic():
            order_placed.send(None)
            order_placed.send(None)
            assert counts() == [(0, 0, 0)]
        assert counts() == [(2, 0, 0)]

    def test_that_is_rolled_back_leaves_the_count_for_later(self, at_once: None) -> None:
        with transaction.atomic():
            order_placed.send(None)
            transaction.set_rollback(True)
        assert counts() == []
        order_placed.send(None)
        assert counts() == [(2, 0, 0)]


def test_what_cannot_be_written_disturbs_nobody_and_is_not_lost(
    at_once: None, linked_user: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with away(TriggerState), transaction.atomic():
        order_placed.send(None, user=linked_user)
    assert linked_user.joinchat_messages.count() == 1
    assert "receipt fares cannot be written down" in caplog.text
    order_placed.send(None)
    assert counts() == [(2, 0, 0)]


@pytest.mark.parametrize("text", ["a\x00b\ud800c", "x" * 5000, "小琳 🎉"])
def test_any_error_can_be_stored(at_once: None, text: str) -> None:
    order_placed.send(None, error=ValueError(text))
    assert counts() == [(1, 0, 1)]
    error = TriggerState.objects.get().last_error
    assert error.startswith("ValueError: ")
    assert len(error) <= records.ERROR_LENGTH
