"""Workers killed in the middle of a broadcast: nobody is left out, nobody hears it twice."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from joinchat_django import broadcasts
from joinchat_django.models import OutboxMessage
from tests.delivery.workers import Sink, site_of
from tests.outbox.people import linked_people, uuids
from tests.waiting import wait_until

from .steps import RowStatus, Status, fresh, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.processes]

MEMBERS = 6_000
KILLS = 8
OPTIONS = "--concurrency", "16"


def test_a_fan_out_that_is_killed_goes_on_where_it_stopped(settings: Any) -> None:
    crowd = linked_people(MEMBERS)
    chunks: list[int] = []
    open_rows: list[int] = []
    with Sink() as sink:
        # What a dead worker had in hand is in doubt, and not sent again.
        site = site_of(sink, delivery={"RETRY_UNCERTAIN": False})
        broadcast = started()
        for _ in range(KILLS):
            arrived = len(sink.arrived)

            def has_begun(arrived: int = arrived) -> bool:
                return len(sink.arrived) > arrived or fresh(broadcast).status == Status.FINISHED

            open_rows.append(site.kill_in_the_middle(*OPTIONS, has_begun=has_begun))
            chunks.append(fresh(broadcast).chunks_queued)
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
