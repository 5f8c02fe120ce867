"""What came of each of the last days: the site's own days, with a cache or without."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django.delivery.history import last_days
from joinchat_django.models import OutboxMessage

from .plans import plans_are_told, plans_of
from .rows import Status, queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]

SECOND, DAY = datetime.timedelta(seconds=1), datetime.timedelta(days=1)


class DownCache(LocMemCache):
    """A cache whose server is not there."""

    def get_many(self, *args: Any, **options: Any) -> Any:
        raise ConnectionError("Connection refused.")

    set = get_many


class NotingCache(LocMemCache):
    """A cache that tells for how long it was asked to keep what."""

    kept: dict[str, float] = {}  # noqa: RUF012

    def set(self, key: Any, value: Any, timeout: Any = None, version: Any = None) -> None:
        self.kept[key] = timeout
        super().set(key, value, timeout, version)


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def far_east(settings: Any) -> None:
    """A site whose days begin fourteen hours before London's."""
    settings.TIME_ZONE = "Pacific/Kiritimati"


def midnight() -> datetime.datetime:
    """Return when today began at the site."""
    now = timezone.now()
    if timezone.is_aware(now):
        now = timezone.localtime(now, timezone.get_default_timezone())
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def put(count: int, status: str, settled_at: datetime.datetime) -> None:
    """Put rows into the outbox that have come to an end."""
    for _ in range(count):
        row = queue()
        OutboxMessage.objects.filter(pk=row.pk).update(status=status, settled_at=settled_at)


def test_the_days_go_from_midnight_to_midnight_at_the_site() -> None:
    today = midnight()
    put(1, Status.SENT, today)
    put(2, Status.SENT, today - SECOND)
    put(3, Status.FAILED, today - DAY)
    put(4, Status.SENT, today - 13 * DAY)
    put(5, Status.SENT, today - 13 * DAY - SECOND)
    put(1, Status.CANCELLED, today)
    days = last_days()
    assert [one.day for one in days] == [(today - n * DAY).date() for n in range(13, -1, -1)]
    found = {(today.date() - one.day).days: (one.sent, one.failed) for one in days}
    assert {ago: counts for ago, counts in found.items() if counts != (0, 0)} == {
        0: (1, 0),
        1: (2, 3),
        13: (4, 0),
    }


def test_days_that_are_over_are_not_counted_again_for_a_while() -> None:
    today = midnight()
    put(2, Status.SENT, today - SECOND)
    assert [one.sent for one in last_days(2)] == [2, 0]
    put(1, Status.SENT, today - SECOND)
    put(1, Status.SENT, today)
    with CaptureQueriesContext(connection) as asked:
        assert [one.sent for one in last_days(2)] == [2, 1]
    assert len(asked) == 2
    cache.clear()
    assert [one.sent for one in last_days(2)] == [3, 1]


@plans_are_told
def test_days_are_counted_along_an_index() -> None:
    plans = plans_of(last_days)
    assert plans
    for plan in plans:
        assert any("COVERING INDEX joinchat_outbox_settled" in line for line in plan), plan


def use(settings: Any, backend: type[Any]) -> None:
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.{backend.__name__}"}}


def test_days_do_not_all_leave_the_cache_at_once(settings: Any) -> None:
    use(settings, NotingCache)
    NotingCache.kept.clear()
    last_days()
    kept = [NotingCache.kept[key] for key in sorted(NotingCache.kept)]
    # From the oldest day to yesterday.
    assert kept == [3600 * age for age in range(13, 0, -1)]


def test_a_cache_that_is_down_costs_a_count_and_no_more(
    settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    use(settings, DownCache)
    put(1, Status.SENT, midnight() - 3 * DAY)
    with caplog.at_level(logging.WARNING), CaptureQueriesContext(connection) as asked:
        assert last_days()[-4].sent == 1
    assert len(asked) == 2
    assert "Connection refused." in caplog.text
