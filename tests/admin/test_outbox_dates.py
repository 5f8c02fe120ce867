"""The outbox's filter by date goes through the primary key."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django.admin import outbox_keys
from joinchat_django.models import OutboxMessage

from .outbox_list import found, put

DAY = datetime.timedelta(days=1)

pytestmark = pytest.mark.usefixtures("left_to_a_worker")


class TestDates:
    @pytest.fixture(autouse=True)
    def near(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Bounds as narrow as they get."""
        monkeypatch.setattr(outbox_keys, "NEAR", 1)

    @pytest.fixture
    def rows(self, db: None) -> list[OutboxMessage]:
        """Three rows a day for sixty days up to now, with gaps, not quite in order."""
        rows = put(400)
        OutboxMessage.objects.filter(pk__in=[row.pk for row in rows[50:270]]).delete()
        left = list(OutboxMessage.objects.order_by("pk"))
        now = timezone.now()
        for number, row in enumerate(left):
            disorder = datetime.timedelta(minutes=25 * (number % 3))
            row.created_at = now - (len(left) - 1 - number) * DAY / 3 - disorder
        OutboxMessage.objects.bulk_update(left, ["created_at"])
        return left

    @pytest.mark.thorough
    def test_are_days_of_the_site(
        self, admin_client: Client, rows: list[OutboxMessage], settings: Any
    ) -> None:
        settings.TIME_ZONE = "Pacific/Kiritimati"
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)

        def between(since: datetime.datetime, until: datetime.datetime) -> list[int]:
            return [row.pk for row in reversed(rows) if since <= row.created_at < until]

        later = today + DAY
        assert found(admin_client, created="today") == between(today, later)
        assert found(admin_client, created="7days") == between(today - 6 * DAY, later)
        assert found(admin_client, created="30days") == between(today - 29 * DAY, later)
        for first, last in ((59, 50), (40, 40), (20, 3), (5, 0), (90, 80), (70, 58)):
            since, until = today - first * DAY, today - last * DAY
            span = {"created_from": since.date(), "created_until": until.date()}
            assert found(admin_client, **span) == between(since, until + DAY), span
        wanted = between(today - 10 * DAY, later)
        assert found(admin_client, created_from=(today - 10 * DAY).date()) == wanted

    def test_become_bounds_of_the_key_in_few_steps(
        self, admin_client: Client, rows: list[OutboxMessage]
    ) -> None:
        middle = timezone.now() - 30 * DAY
        with CaptureQueriesContext(connection) as asked:
            lowest = outbox_keys.first_key_since(middle)
            highest = outbox_keys.last_key_until(middle)
        assert len(asked) <= 2 * (2 + 9)  # of 400 keys
        inside = [row.pk for row in rows if abs(row.created_at - middle) < DAY / 2]
        assert highest
        assert min(inside) - 8 <= lowest <= highest <= max(inside) + 8

    def test_miss_no_row_that_came_out_of_order(self, db: None) -> None:
        rows = put(90)
        now = timezone.now()
        for number, row in enumerate(rows):
            late = datetime.timedelta(minutes=50 * (number % 3 == 0))
            row.created_at = now + datetime.timedelta(minutes=number) - late
        OutboxMessage.objects.bulk_update(rows, ["created_at"])
        for minute in range(0, 90, 5):
            moment = now + datetime.timedelta(minutes=minute)
            lowest = outbox_keys.first_key_since(moment)
            highest = outbox_keys.last_key_until(moment)
            assert lowest <= min(row.pk for row in rows if row.created_at >= moment)
            if highest is not None:
                assert highest >= max(row.pk for row in rows if row.created_at < moment)

    def test_of_an_empty_outbox(self, admin_client: Client) -> None:
        assert found(admin_client, created="today") == []
