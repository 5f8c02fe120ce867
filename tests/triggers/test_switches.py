"""A trigger that somebody has switched off does nothing, on any machine."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from joinchat_django import triggers
from joinchat_django.models import TriggerState
from joinchat_django.triggers import switches

from .signals import order_placed
from .tables import away

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> list[Any]:
    """The senders of what the trigger "receipt" has heard."""
    heard: list[Any] = []

    @triggers.on(order_placed, name="receipt")
    def receipt(sender: Any, **kwargs: Any) -> None:
        heard.append(sender)

    return heard


@pytest.fixture
def for_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what was read hold for longer than any test takes."""
    monkeypatch.setattr(switches, "SWITCH_SECONDS", 3600)


def switched_elsewhere(*, on: bool) -> None:
    """Another process switches the trigger."""
    TriggerState.objects.update_or_create(name="receipt", defaults={"is_active": on})


def test_it_is_neither_run_nor_counted(heard: list[Any], caplog: pytest.LogCaptureFixture) -> None:
    triggers.switch("receipt", on=False)
    with caplog.at_level(logging.DEBUG, "joinchat_django.triggers"):
        order_placed.send("one")
    assert heard == []
    assert triggers.registry["receipt"].fired == 0
    assert "receipt is switched off" in caplog.text


def test_others_go_on(heard: list[Any]) -> None:
    triggers.switch("another", on=False)
    order_placed.send("one")
    assert heard == ["one"]


def test_the_process_that_switches_knows_at_once(heard: list[Any], for_an_hour: None) -> None:
    order_placed.send("one")
    assert triggers.switch("receipt", on=False)
    order_placed.send("two")
    assert triggers.switch("receipt", on=True)
    assert not triggers.switch("receipt", on=True)
    order_placed.send("three")
    assert heard == ["one", "three"]


def test_another_process_is_believed_after_a_while(
    heard: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(switches, "SWITCH_SECONDS", 3600)
    order_placed.send("one")
    switched_elsewhere(on=False)
    order_placed.send("two")
    monkeypatch.setattr(switches, "SWITCH_SECONDS", 0)
    order_placed.send("three")
    assert heard == ["one", "two"]


def test_many_signals_ask_once(heard: list[Any], for_an_hour: None) -> None:
    triggers.on(order_placed, name="another")(lambda sender, **kwargs: None)
    with CaptureQueriesContext(connection) as asked:
        for number in range(20):
            order_placed.send(number)
    reads = [one for one in asked if "is_active" in one["sql"] and "SELECT" in one["sql"]]
    assert len(reads) == 1
    assert len(heard) == 20


def test_what_cannot_be_read_leaves_triggers_on_and_the_transaction_usable(
    heard: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    with away(TriggerState), transaction.atomic():
        order_placed.send("one")
        order_placed.send("two")
        assert not connection.needs_rollback
    assert heard == ["one", "two"]
    assert caplog.text.count("The switches of triggers cannot be read") == 1
