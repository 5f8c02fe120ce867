"""Workers killed in the middle of a broadcast: nobody is left out, nobody hears it twice."""

from __future__ import annotations

import datetime
import random
import time
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django import broadcasts
from joinchat_django.models import OutboxMessage
from tests.delivery.workers import Sink, kill, site_of
from tests.outbox.people import linked_people, uuids
from tests.waiting import wait_until

from .steps import RowStatus, Status, fresh, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

MEMBERS = 6_000
KILLS = 8
OPTIONS = "--concurrency", "16"


def test_a_fan_out_that_is_killed_goes_on_where_it_stopped(settings: Any) -> None:
    crowd = linked_people(MEMBERS)
    chance = random.Random(4)  # Moments differ all the same: the machine is never the same.
    chunks: list[int] = []
    open_rows: list[int] = []
    with Sink() as sink:
        # What a dead worker had in hand is in doubt, and not sent again.
        site = site_of(sink, delivery={"RETRY_UNCERTAIN": False})
        broadcast = started()
        for _ in range(KILLS):
            arrived = len(sink.arrived)
            with site.workers(2, *OPTIONS) as workers:
                wait_until(
                    lambda arrived=arrived: (
                        len(sink.arrived) > arrived or fresh(broadcast).status == Status.FINISHED
                    )
                )
                time.sleep(chance.uniform(0, 0.4))
                kill(workers)
            time.sleep(0.3)  # The database may still be at what the dead have sent it.
            chunks.append(fresh(broadcast).chunks_queued)
            left = OutboxMessage.objects.filter(status=RowStatus.SENDING)
            past = timezone.now() - datetime.timedelta(seconds=1)
            open_rows.append(left.update(lease_until=past))
        with site.workers(2, *OPTIONS):
            wait_until(lambda: fresh(broadcast).status == Status.FINISHED)
    print(f"Killed after chunks {chunks}, with {open_rows} rows open")  # noqa: T201
    assert chunks[0] < broadcast.chunks
    times = Counter(recipient for recipient, _text in sink.arrived)
    assert set(times.values()) == {1}
    rows = OutboxMessage.objects.values_list("recipient_value", flat=True)
    assert sorted(rows) == uuids(crowd)
    progress = broadcasts.progress(broadcast)
    assert progress.queued == progress.fanned_out == MEMBERS
    assert progress.by_status.get(RowStatus.UNCERTAIN, 0) == sum(open_rows)
    assert progress.by_status[RowStatus.SENT] == MEMBERS - sum(open_rows)
