"""How much waits, for how long: each open row is in one count, by the database's clock."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
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
from joinchat_django.delivery.history import last_days
from joinchat_django.models import BotState, OutboxMessage

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


def test_counting_walks_an_index() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Planners that look at statistics read a small table as a whole.")
    put(1)
    with CaptureQueriesContext(connection) as asked:
        figures()
        known_to_outbox()
    statements = [query["sql"] for query in asked if "outboxmessage" in query["sql"]]
    assert len(statements) > 4
    for statement in statements:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
        assert "SEARCH" in plan or "COVERING INDEX" in plan, plan


@pytest.fixture
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.mark.usefixtures("empty_cache")
class TestTheLastDays:
    @pytest.fixture(autouse=True)
    def far_east(self, settings: Any) -> None:
        """A site whose days begin fourteen hours before London's."""
        settings.TIME_ZONE = "Pacific/Kiritimati"

    def midnight(self) -> datetime.datetime:
        """Return when today began at the site."""
        now = timezone.now()
        if timezone.is_aware(now):
            now = timezone.localtime(now, timezone.get_default_timezone())
        return now.replace(hour=0, minute=0, second=0, microsecond=0)

    def test_are_counted_from_midnight_to_midnight_at_the_site(self) -> None:
        second, day = datetime.timedelta(seconds=1), datetime.timedelta(days=1)
        today = self.midnight()
        put(1, status=Status.SENT, settled_at=today)
        put(2, status=Status.SENT, settled_at=today - second)
        put(3, status=Status.FAILED, settled_at=today - day)
        put(4, status=Status.SENT, settled_at=today - 13 * day)
        put(5, status=Status.SENT, settled_at=today - 13 * day - second)
        put(1, status=Status.CANCELLED, settled_at=today)
        days = last_days()
        assert [one.day for one in days] == [(today - n * day).date() for n in range(13, -1, -1)]
        found = {(today.date() - one.day).days: (one.sent, one.failed) for one in days}
        assert {ago: counts for ago, counts in found.items() if counts != (0, 0)} == {
            0: (1, 0),
            1: (2, 3),
            13: (4, 0),
        }

    def test_that_are_over_are_not_counted_again_for_a_while(self) -> None:
        today = self.midnight()
        put(2, status=Status.SENT, settled_at=today - HOUR)
        assert [one.sent for one in last_days(2)] == [2, 0]
        put(1, status=Status.SENT, settled_at=today - HOUR)
        put(1, status=Status.SENT, settled_at=today)
        with CaptureQueriesContext(connection) as asked:
            assert [one.sent for one in last_days(2)] == [2, 1]
        assert len(asked) == 2
        cache.clear()
        assert [one.sent for one in last_days(2)] == [3, 1]

    def test_are_counted_along_an_index(self) -> None:
        if connection.vendor != "sqlite":
            pytest.skip("Planners that look at statistics read a small table as a whole.")
        with CaptureQueriesContext(connection) as asked:
            last_days()
        for query in asked:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
                plan = " ".join(str(row[-1]) for row in cursor.fetchall())
            assert "COVERING INDEX joinchat_outbox_settled" in plan, plan
