"""A claim, a settle and a recovery find their rows by indexes, however large the outbox is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from joinchat_django import conf, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery import claims, settling
from joinchat_django.delivery.outcomes import Outcome, Settlement
from joinchat_django.models import OutboxMessage

from .plans import plans_are_told, plans_of
from .rows import end_leases

pytestmark = [pytest.mark.django_db, plans_are_told]


@pytest.fixture(autouse=True)
def queued(left_to_a_worker: None) -> None:
    for number in range(3):
        outbox.send(Recipient(uuid=f"u{number % 2}"), Text("Hello"))


def looks_of(run: Callable[[], object]) -> list[str]:
    """How the statements that a function executes look for rows, a line for each look."""
    lines = [line for plan in plans_of(run) for line in plan]
    return [line for line in lines if line.startswith(("SEARCH", "SCAN"))]


def test_a_claim_walks_what_is_due_and_looks_back_along_each_recipients_queue() -> None:
    update, due, earlier, *_rest = looks_of(lambda: claims.claim("default", limit=2, lease=60))
    assert "USING INTEGER PRIMARY KEY" in update
    assert "joinchat_outbox_due (bot=? AND status=? AND send_at<?)" in due
    lane = "joinchat_outbox_lane (bot=? AND recipient_digest=? AND settled_at=? AND id<?)"
    assert lane in earlier


def test_what_waited_behind_a_cancelled_row_is_found_without_a_look_at_what_is_over() -> None:
    first = OutboxMessage.objects.earliest("pk")
    OutboxMessage.objects.filter(pk=first.pk).update(attempts=1)
    lines = looks_of(lambda: outbox.cancel(first))
    open_ones = "joinchat_outbox_lane (bot=? AND recipient_digest=? AND settled_at=?"
    assert len([line for line in lines if open_ones in line]) == 2  # are there any, and the change
    assert all(open_ones in line or "PRIMARY KEY" in line for line in lines)


def test_nothing_reads_the_whole_outbox() -> None:
    def deliver() -> None:
        claimed = claims.claim("default", limit=3, lease=60)
        later = Outcome("queued", wait=60, error="Try again.")
        settling.settle([Settlement(row, later) for row in claimed[:1]])
        claims.give_back(claimed[1:])

    def recover() -> None:
        claims.claim("default", limit=3, lease=60)
        end_leases()
        assert claims.recover("default", conf.delivery()) == 1

    lines = looks_of(deliver) + looks_of(recover)
    assert len(lines) > 8
    results = ("SCAN (subquery", "SCAN qualify")  # of another query
    assert not [one for one in lines if one.startswith("SCAN") and not one.startswith(results)]
