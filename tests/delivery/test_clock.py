"""Due is due by the database's clock, in whatever time zone site, server and session are."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery import claims
from joinchat_django.models import OutboxMessage

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]

ZONES = ["UTC", "America/New_York", "Asia/Shanghai"]
HOUR = datetime.timedelta(hours=1)


def assert_that_due_is_due() -> None:
    now = timezone.now()
    to = [Recipient(uuid=str(number)) for number in range(4)]
    outbox.send(to[0], Text("now"))
    outbox.send(to[1], Text("an hour ago"), send_at=now - HOUR)
    outbox.send(to[2], Text("in an hour"), send_at=now + HOUR)
    outbox.send(to[3], Text("too late"), expires_at=now - HOUR)
    claimed = claims.claim("default", limit=10, lease=60)
    assert [row.message.to_dict()["text"] for row in claimed] == ["an hour ago", "now", "too late"]
    # By the time that the claim brings along, expiry is judged.
    assert all(abs(vars(row)["now"] - now) < HOUR / 60 for row in claimed)
    # A lease that has just begun is not over, and one of an hour ago is.
    abandoned = OutboxMessage.objects.filter(lease_until__gt=timezone.now())
    assert abandoned.count() == 3


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("use_tz", [True, False])
def test_in_a_site_of_any_time_zone(settings: Any, zone: str, use_tz: bool) -> None:
    settings.USE_TZ = use_tz
    settings.TIME_ZONE = zone
    assert_that_due_is_due()


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's sessions have no time zone.")
@pytest.mark.parametrize("hours", [8, -5])
def test_in_a_session_of_any_time_zone(settings: Any, hours: int) -> None:
    if connection.vendor == "postgresql" and not settings.USE_TZ:
        pytest.skip("Django sets the session's zone, by which PostgreSQL reads times without one.")
    set_zone, usual = {
        "mysql": (f"SET time_zone = '{hours:+03d}:00'", "SET time_zone = DEFAULT"),
        "postgresql": (f"SET TIME ZONE {hours}", "SET TIME ZONE 'UTC'"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(set_zone)
        assert_that_due_is_due()
        cursor.execute(usual)
