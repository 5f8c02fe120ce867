"""Any number of workers side by side: never lost, never doubled, in order."""

from __future__ import annotations

import signal
from collections import Counter

import pytest

from joinchat_django.models import OutboxMessage
from tests.waiting import wait_until

from .rows import Status, queue_many
from .workers import Sink, site_of, stop

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.processes,
    pytest.mark.usefixtures("left_to_a_worker"),
]


MESSAGES = 5_000
RECIPIENTS = 50


def test_four_workers_send_each_message_once_and_to_each_recipient_in_order() -> None:
    with Sink() as sink:
        site = site_of(sink)
        queue_many(MESSAGES, RECIPIENTS)
        with site.workers(4) as workers:
            wait_until(lambda: not OutboxMessage.objects.exclude(status=Status.SENT).exists())
            for worker in workers:
                stop(worker)
    assert Counter(sink.arrived).most_common(1)[0][1] == 1
    assert len(sink.arrived) == MESSAGES
    for recipient in range(RECIPIENTS):
        numbers = [int(text) for uuid, text in sink.arrived if uuid == str(recipient)]
        assert numbers == sorted(numbers)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_stopped_leaves_nothing_open(number: signal.Signals) -> None:
    with Sink(pause=0.02) as sink:
        site = site_of(sink)
        queue_many(500, 500)
        with site.workers(1) as [worker]:
            wait_until(lambda: len(sink.arrived) > 40)
            stop(worker, number)
    statuses = Counter(OutboxMessage.objects.values_list("status", flat=True))
    assert set(statuses) == {Status.SENT, Status.QUEUED}
    assert statuses[Status.SENT] == len(sink.arrived)
    assert not OutboxMessage.objects.exclude(claim_token="").exists()
