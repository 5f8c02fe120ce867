"""JoinChat with every fault at once: what a worker makes of it in the end."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import replace
from typing import Any

import pytest

from joinchat_django.delivery.worker import work
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox import Received
from joinchat_django.sandbox.faults import KINDS, Fault
from joinchat_django.sandbox.server import SandboxServer

from .rows import Status, end_pauses, make_due, queue_many, statuses

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]

MESSAGES, RECIPIENTS = 300, 50

FAULTS = [
    Fault("unauthorized", share=0.01),
    Fault("too_many", share=0.01, retry_after=5),
    Fault("too_many", share=0.02),
    Fault("server_error", share=0.08),
    Fault("server_error", status=503, share=0.03, retry_after=5),
    Fault("slow", share=0.02, latency=60),
    Fault("cut", share=0.08),
    Fault("drip", share=0.02),
    Fault("endless", share=0.05),
    Fault("garbage", share=0.08),
]
#: Seconds that a call may take. A busy machine may exceed them where no fault does: whatever
#: comes of that, the site has to note it.
DEADLINE = 1
GARBAGE = str(Fault("garbage"))


@pytest.fixture
def unsteady(over_http: SandboxServer, settings: Any) -> SandboxServer:
    """A JoinChat that spoils the first answers, each in another way, and then four in ten."""
    bot = settings.JOINCHAT["default"]
    settings.JOINCHAT = {"default": {**bot, "OPTIONS": {"proxies": {}, "deadline": DEADLINE}}}
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "CONCURRENCY": 8, "MAX_ATTEMPTS": 50}
    for fault in [*(replace(fault, share=None) for fault in FAULTS), *FAULTS]:
        over_http.faults.add(fault)
    return over_http


def work_to_the_end() -> None:
    """Run a worker until nothing is queued, letting the time pass that it waits for."""
    stop = threading.Event()

    def let_time_pass() -> None:
        end_pauses()
        make_due()
        if not OutboxMessage.objects.filter(status=Status.QUEUED).exists():
            stop.set()

    work(stop, rested=let_time_pass)


def number_of(row: OutboxMessage) -> int:
    return int(row.message.to_dict()["text"])


def heard(row: OutboxMessage, calls: list[Received]) -> Received:
    """Return the call of this row's that the site knows to have succeeded."""
    taken = [call for call in calls if call.accepted]
    named = [call for call in taken if call.message_id in row.answer]
    return [*(call for call in taken if call.fault == GARBAGE), *named][-1]


def test_every_message_arrives_in_order_and_twice_only_where_nobody_could_know(
    unsteady: SandboxServer,
) -> None:
    queue_many(MESSAGES, RECIPIENTS)
    work_to_the_end()
    assert statuses() == {Status.SENT: MESSAGES}

    _version, everything = unsteady.inbox.entries()
    calls: dict[int, list[Received]] = defaultdict(list)
    for entry in everything:
        calls[int(entry.field("message")["text"])].append(entry)

    doubts = Counter(map(number_of, OutboxMessage.objects.filter(failed_attempts__in_doubt=True)))
    arrivals = {n: sum(call.accepted for call in made) for n, made in calls.items()}
    assert sorted(arrivals) == list(range(MESSAGES))
    assert min(arrivals.values()) == 1
    assert max(arrivals.values()) > 1
    # It arrives once more at most for each call whose outcome the site could not know.
    assert [n for n, times in arrivals.items() if times > 1 + doubts[n]] == []

    ahead: dict[str, Received] = {}
    for row in OutboxMessage.objects.order_by("pk"):
        made = calls[number_of(row)]
        # No call is made before the one that delivered the recipient's message ahead of it.
        if (before := ahead.get(row.recipient_value)) is not None:
            assert made[0].number > before.number
        ahead[row.recipient_value] = heard(row, made)

    seen = {entry.fault for entry in everything} - {""}
    assert seen == {str(fault) for fault in FAULTS}
    assert {fault.kind for fault in FAULTS} == set(KINDS)
