"""How much waits, for how long: each open row is in one count, by the database's clock."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django.delivery import pauses
from joinchat_django.delivery.figures import (
    BotFigures,
    Pause,
    figures_of,
    known_to_outbox,
    pause_of,
)
from joinchat_django.models import BotState, OutboxMessage

from .plans import plans_are_told, plans_of
from .rows import Status, queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("second_bot", "left_to_a_worker")]

HOUR = datetime.timedelta(hours=1)


def put(count: int = 1, bot: str = "default", uuid: str = "lin", **changes: Any) -> None:
    """Put rows into the outbox that are in some state."""
    for _ in range(count):
        OutboxMessage.objects.filter(pk=queue(uuid=uuid, bot=bot).pk).update(**changes)


def figures(bot: str = "default") -> BotFigures:
    [found] = figures_of([bot])
    return found


def test_an_empty_outbox() -> None:
    assert figures() == BotFigures(bot="default")
    assert known_to_outbox() == []


def test_each_open_row_is_counted_once() -> None:
    now = timezone.now()
    put(1, send_at=now - HOUR)
    put(1, send_at=now - HOUR, attempts=2)
    put(3, send_at=now + HOUR, attempts=2)
    put(4, send_at=now + HOUR)
    put(5, status=Status.SENDING, lease_until=now + HOUR)
    put(6, status=Status.SENDING, lease_until=now - HOUR)
    put(7, status=Status.UNCERTAIN)
    for status in (Status.SENT, Status.FAILED, Status.EXPIRED, Status.CANCELLED):
        put(1, status=status)
    put(1, bot="second")
    found = figures()
    assert (found.waiting, found.retrying, found.scheduled) == (2, 3, 4)
    assert (found.sending, found.abandoned, found.uncertain) == (5, 6, 7)
    assert found.open == 20
    assert figures("second").open == 1


def test_the_oldest_wait_is_that_of_the_row_that_has_been_due_for_longest() -> None:
    now = timezone.now()
    put(1, uuid="a", send_at=now - HOUR)
    put(1, uuid="b", send_at=now - 2 * HOUR)
    put(1, uuid="c", send_at=now + HOUR)
    put(1, uuid="d", send_at=now - 9 * HOUR, status=Status.SENT)
    put(1, uuid="e", send_at=now - 9 * HOUR, status=Status.SENDING, lease_until=now + HOUR)
    assert figures().oldest_wait == pytest.approx(7200, abs=60)
    assert figures("second").oldest_wait is None


def test_a_row_behind_one_that_is_to_be_tried_again_later_does_not_wait_for_a_worker() -> None:
    now = timezone.now()
    put(1, send_at=now + HOUR, attempts=2)
    put(1, send_at=now - 2 * HOUR)
    assert (figures().waiting, figures().oldest_wait) == (1, None)
    put(1, uuid="may", send_at=now - HOUR)
    assert figures().oldest_wait == pytest.approx(3600, abs=60)


def test_the_clock_of_the_database_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite runs in this process and has its clock.")
    put(1, send_at=timezone.now() + HOUR)
    now = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: now + 300 * HOUR)
    assert (figures().waiting, figures().scheduled) == (0, 1)


def test_what_a_dead_worker_held_waits_too() -> None:
    now = timezone.now()
    put(1, send_at=now - HOUR, status=Status.SENDING, lease_until=now - HOUR / 2)
    assert figures().oldest_wait == pytest.approx(3600, abs=60)


def test_a_pause_says_why_and_until_when() -> None:
    pauses.pause("second", 60, "The secret is wrong.")
    BotState.objects.create(bot="default", is_paused=False, reason="")
    assert figures().pause is None
    state = BotState.objects.get(bot="second")
    assert figures("second").pause == Pause(state.paused_until, "The secret is wrong.", False)
    BotState.objects.filter(bot="second").update(paused_until=timezone.now() - HOUR)
    over = figures("second").pause
    assert over
    assert over.is_over
    assert pause_of("second") == over
    assert pause_of("default") is None


def test_bots_that_the_settings_no_longer_name_are_found_by_their_rows() -> None:
    put(3, bot="second")
    put(2, status=Status.SENT)
    OutboxMessage.objects.filter(pk=OutboxMessage.objects.latest("pk").pk).update(bot="closed")
    assert known_to_outbox() == ["closed", "default", "second"]


def test_counting_costs_the_same_number_of_queries_however_many_rows() -> None:
    put(1)
    with CaptureQueriesContext(connection) as few:
        figures()
    put(20)
    with CaptureQueriesContext(connection) as many:
        figures()
    assert len(many) == len(few)


@plans_are_told
def test_counting_walks_an_index() -> None:
    put(1)
    plans = plans_of(lambda: (figures(), known_to_outbox()))
    assert len(plans) > 4
    for plan in plans:
        assert any("SEARCH" in line or "COVERING INDEX" in line for line in plan), plan
