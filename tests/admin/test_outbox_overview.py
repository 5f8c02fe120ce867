"""What stands on top of the outbox's list."""

from __future__ import annotations

import datetime
import re

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from joinchat_django.models import OutboxMessage

from .outbox_list import put
from .pages import page_of

pytestmark = pytest.mark.usefixtures("left_to_a_worker")


class TestTheOverview:
    def test_says_what_waits_and_what_became_of_the_last_days(self, admin_client: Client) -> None:
        cache.clear()
        now = timezone.now()
        put(3)
        put(2, status="uncertain", settled_at=now)
        put(7, status="sent", settled_at=now)
        put(1, status="failed", settled_at=now)
        response = admin_client.get(page_of(OutboxMessage))
        [(figures, wait)] = response.context["overview"]["bots"]
        assert (figures.waiting, figures.uncertain) == (3, 2)
        assert wait
        chart = response.context["overview"]["chart"]
        assert (chart.sent, chart.failed, chart.highest, len(chart.bars)) == (7, 1, 8, 14)
        today = chart.bars[-1]
        assert (today.failed_y, today.failed_height + today.sent_height) == (1, 99)
        assert "7 sent, 1 failed</title>" in response.text
        assert "style=" not in response.text.split("<svg")[1].split("</svg>")[0]

    def test_says_in_seconds_that_somebody_has_not_waited_long(self, admin_client: Client) -> None:
        put(1, send_at=timezone.now() - datetime.timedelta(seconds=20))
        response = admin_client.get(page_of(OutboxMessage))
        [(_figures, wait)] = response.context["overview"]["bots"]
        assert re.fullmatch("[234][0-9] seconds", wait)

    def test_is_on_the_first_page_alone(self, admin_client: Client) -> None:
        [row] = put(1)
        response = admin_client.get(page_of(OutboxMessage), {"before": row.pk})
        assert "overview" not in response.context
