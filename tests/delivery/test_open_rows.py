"""What is open has not been settled, and what has been settled is not open.

A recipient's queue is found by that, so messages would overtake each other otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from joinchat_django import conf, outbox
from joinchat_django.delivery import claims
from joinchat_django.delivery.outcomes import Outcome, Settlement
from joinchat_django.delivery.settling import settle
from joinchat_django.models import OutboxMessage

from .rows import Status, end_leases, queue

pytestmark = pytest.mark.django_db

OPEN = {Status.QUEUED, Status.SENDING}


def claim() -> list[OutboxMessage]:
    return claims.claim("default", limit=10, lease=60)


def settle_as(status: str, **outcome: Any) -> None:
    settle([Settlement(row, Outcome(status, **outcome)) for row in claim()])


def lose_the_worker() -> None:
    claim()
    end_leases()
    claims.recover("default", conf.delivery())


def rows() -> Any:
    return OutboxMessage.objects.all()


WAYS: dict[str, list[Callable[[], object]]] = {
    "queued": [],
    "claimed": [claim],
    "given back": [lambda: claims.give_back(claim())],
    "sent": [lambda: settle_as(Status.SENT)],
    "failed": [lambda: settle_as(Status.FAILED)],
    "expired": [lambda: settle_as(Status.EXPIRED, called=False)],
    "uncertain": [lambda: settle_as(Status.UNCERTAIN)],
    "to be tried again": [lambda: settle_as(Status.QUEUED, wait=60.0)],
    "refused as the bot's fault is": [
        lambda: settle_as(Status.FAILED, is_rejection=True, error="No such page.")
    ],
    "left by a dead worker": [lose_the_worker],
    "cancelled": [lambda: outbox.cancel(rows())],
    "cancelled and queued again": [lambda: outbox.cancel(rows()), lambda: outbox.retry(rows())],
    "failed and queued again": [
        lambda: settle_as(Status.FAILED),
        lambda: outbox.retry(rows()),
    ],
    "uncertain and taken as sent": [
        lambda: settle_as(Status.UNCERTAIN),
        lambda: outbox.mark_done(rows()),
    ],
    "held": [lambda: outbox.hold(group="spring")],
    "held and released": [
        lambda: outbox.hold(group="spring"),
        lambda: outbox.release(group="spring"),
    ],
}


@pytest.mark.parametrize("retries", [True, False], ids=["retries", "asks a person"])
@pytest.mark.parametrize("way", WAYS)
def test_a_row_that_was(way: str, retries: bool, settings: Any) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RETRY_UNCERTAIN": retries}
    for number in range(6):
        queue(uuid=f"u{number}", group="spring")
    for step in WAYS[way]:
        step()
    found = list(rows().values_list("status", "settled_at"))
    assert len(found) == 6
    for status, settled_at in found:
        assert (settled_at is None) == (status in OPEN), status
