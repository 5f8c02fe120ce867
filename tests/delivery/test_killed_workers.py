"""Workers that are killed without a warning: never lost, never doubled unless uncertain."""

from __future__ import annotations

from collections import Counter

import pytest

from joinchat_django.models import OutboxMessage
from tests.waiting import wait_until

from .rows import Status, queue_many, statuses
from .workers import Sink, Site, site_of

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

    Return how many rows were open at each kill.
    """
    open_rows: list[int] = []
    waiting = OutboxMessage.objects.filter(status__in=[Status.QUEUED, Status.SENDING])
    for _ in range(KILLS):
        arrived = len(sink.arrived)

        def has_begun(arrived: int = arrived) -> bool:
            return len(sink.arrived) > arrived or not waiting.exists()

        open_rows.append(site.kill_in_the_middle(*OPTIONS, has_begun=has_begun))
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
    assert statuses() == {Status.SENT: MESSAGES}


def test_double_nothing_where_the_site_wants_no_message_twice() -> None:
    with Sink(pause=0.02) as sink:
        site = site_of(sink, delivery={"RETRY_UNCERTAIN": False})
        queue_many(MESSAGES, MESSAGES // 4)
        open_rows = work_and_kill(site, sink)
    arrived = Counter(sink.arrived)
    assert max(arrived.values()) == 1
    ends = statuses()
    print(f"{KILLS} kills, {open_rows} rows open, {dict(ends)}")  # noqa: T201
    assert ends == {Status.SENT: MESSAGES - sum(open_rows), Status.UNCERTAIN: sum(open_rows)}
    sent = OutboxMessage.objects.filter(status=Status.SENT)
    texts = {row.message.to_dict()["text"] for row in sent}
    assert texts <= {text for _recipient, text in arrived}
