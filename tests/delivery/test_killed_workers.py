"""Workers that are killed without a warning: never lost, never doubled unless uncertain."""

from __future__ import annotations

import datetime
import random
import time
from collections import Counter

import pytest
from django.utils import timezone

from joinchat_django.models import OutboxMessage
from tests.waiting import wait_until

from .rows import Status, queue_many
from .workers import Sink, Site, kill, site_of

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.processes,
    pytest.mark.usefixtures("left_to_a_worker"),
]

MESSAGES = 2_000
KILLS = 6
OPTIONS = "--concurrency", "8"


def work_and_kill(site: Site, sink: Sink) -> list[int]:
    """Send everything by workers that are killed again and again.

    Return how many rows were open at each kill. Their leases end at once.
    """
    open_rows: list[int] = []
    waiting = OutboxMessage.objects.filter(status__in=[Status.QUEUED, Status.SENDING])
    chance = random.Random(4)  # Moments differ all the same: the machine is never the same.
    for _ in range(KILLS):
        arrived = len(sink.arrived)
        with site.workers(2, *OPTIONS) as workers:
            wait_until(lambda arrived=arrived: len(sink.arrived) > arrived or not waiting.exists())
            time.sleep(chance.uniform(0, 0.5))
            kill(workers)
        time.sleep(0.3)  # The database may still be at what the dead have sent it.
        # Not those of the last kill, if no worker has lived long enough to look at them.
        left = OutboxMessage.objects.filter(status=Status.SENDING, lease_until__gt=timezone.now())
        past = timezone.now() - datetime.timedelta(seconds=1)
        open_rows.append(left.update(lease_until=past))
    with site.workers(2, *OPTIONS):
        wait_until(lambda: not waiting.exists())
    return open_rows


def test_lose_no_message_and_double_at_most_those_that_were_open() -> None:
    with Sink(pause=0.02) as sink:
        site = site_of(sink)
        queue_many(MESSAGES, MESSAGES // 4)
        open_rows = work_and_kill(site, sink)
    arrived = Counter(sink.arrived)
    doubled = sum(times - 1 for times in arrived.values())
    print(f"{KILLS} kills, {open_rows} rows open, {doubled} doubled")  # noqa: T201
    assert len(arrived) == MESSAGES
    assert sum(open_rows) > 0
    assert doubled <= sum(open_rows)
    assert set(OutboxMessage.objects.values_list("status", flat=True)) == {Status.SENT}


def test_double_nothing_where_the_site_wants_no_message_twice() -> None:
    with Sink(pause=0.02) as sink:
        site = site_of(sink, delivery={"RETRY_UNCERTAIN": False})
        queue_many(MESSAGES, MESSAGES // 4)
        open_rows = work_and_kill(site, sink)
    arrived = Counter(sink.arrived)
    assert max(arrived.values()) == 1
    statuses = Counter(OutboxMessage.objects.values_list("status", flat=True))
    print(f"{KILLS} kills, {open_rows} rows open, {dict(statuses)}")  # noqa: T201
    assert statuses == {Status.SENT: MESSAGES - sum(open_rows), Status.UNCERTAIN: sum(open_rows)}
    sent = OutboxMessage.objects.filter(status=Status.SENT)
    texts = {row.message.to_dict()["text"] for row in sent}
    assert texts <= {text for _recipient, text in arrived}
