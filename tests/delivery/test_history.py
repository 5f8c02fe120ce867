"""The last days' figures, with and without a cache that helps."""

from __future__ import annotations

import datetime
import logging
from typing import Any

import pytest
from django.core.cache import cache
from django.core.cache.backends.locmem import LocMemCache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django.delivery.history import last_days
from joinchat_django.models import OutboxMessage

from .rows import queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]


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


def put(status: str, days_ago: int) -> None:
    row = queue(uuid=f"{status}-{days_ago}")
    settled_at = timezone.now() - datetime.timedelta(days=days_ago)
    OutboxMessage.objects.filter(pk=row.pk).update(status=status, settled_at=settled_at)


def use(settings: Any, backend: type[Any]) -> None:
    settings.CACHES = {"default": {"BACKEND": f"{__name__}.{backend.__name__}"}}


@pytest.fixture(autouse=True)
def nothing_is_counted_yet(settings: Any) -> None:
    settings.TIME_ZONE = "UTC"
    cache.clear()


def test_days_that_are_over_are_counted_once() -> None:
    put("sent", 0)
    put("failed", 3)
    first = last_days()
    assert [(one.sent, one.failed) for one in (first[-1], first[-4])] == [(1, 0), (0, 1)]
    put("sent", 0)
    put("sent", 3)
    again = last_days()
    assert [(one.sent, one.failed) for one in (again[-1], again[-4])] == [(2, 0), (0, 1)]


def test_they_do_not_all_expire_at_once(settings: Any) -> None:
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
    put("sent", 3)
    with caplog.at_level(logging.WARNING), CaptureQueriesContext(connection) as asked:
        assert last_days()[-4].sent == 1
    assert len(asked) == 2
    assert "Connection refused." in caplog.text
