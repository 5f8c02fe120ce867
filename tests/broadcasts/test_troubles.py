"""Slow functions, broken queries and dead workers: a broadcast neither suffers nor does harm."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import OperationalError, connection
from django.utils import timezone

from joinchat_django import broadcasts, outbox
from joinchat_django.backends.locmem import Delivered
from joinchat_django.broadcasts import drafting, fan_out
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import Broadcast, OutboxMessage
from joinchat_django.outbox import mailing
from tests.outbox.people import linked_people, reached, uuids
from tests.side_by_side import meanwhile

from .steps import RowStatus, Status, User, counts, drafted, fed, fresh, link, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_chunks")]

NUMBER = {"template_type": "text", "text": "{{ number }}"}


def entries(number: int) -> list[LogEntry]:
    """A site's own rows, each of which names a linked user."""
    crowd = linked_people(number)
    return [LogEntry.objects.create(user=one, object_repr=str(one), action_flag=1) for one in crowd]


def broadcast_to_entries(context: Any) -> Broadcast:
    broadcasts.register(LogEntry, context=context)
    return started(LogEntry.objects.all(), body=NUMBER)


class TestAStepWhoseTimeIsUp:
    @pytest.fixture(autouse=True)
    def no_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each step has the time for two members."""
        monkeypatch.setattr(fan_out, "STEP_SECONDS", 0.0)
        monkeypatch.setattr(mailing, "TOGETHER", 2)

    def test_leaves_the_rest_of_its_chunk_to_the_next(self) -> None:
        entries(8)
        broadcast = broadcast_to_entries(lambda entry: {"number": entry.object_repr})
        seen = []
        for _ in range(4):
            fed()
            row = fresh(broadcast)
            seen.append((row.chunks_queued, row.members_done, row.queued))
        assert seen == [(0, 2, 2), (0, 4, 4), (1, 0, 5), (1, 2, 7)]

    def test_sends_to_everybody_once(self, delivered: list[Delivered]) -> None:
        crowd = [entry.user for entry in entries(23)]
        broadcast = broadcast_to_entries(lambda entry: {"number": entry.object_repr})
        deliver_due()
        assert sorted(one.envelope.recipient.value for one in delivered) == uuids(crowd)
        assert counts(broadcast) == {"queued": 23}
        assert fresh(broadcast).status == Status.FINISHED

    def test_counts_those_who_are_gone_among_them(self) -> None:
        gone = entries(12)
        broadcast = broadcast_to_entries(lambda entry: {"number": entry.object_repr})
        for entry in (gone[0], gone[3], gone[4], gone[11]):
            entry.delete()
        deliver_due()
        assert counts(broadcast) == {"queued": 8, "not_linked": 4}


class TestAQueryThatAlwaysFails:
    @pytest.fixture
    def broken(self) -> Broadcast:
        """A broadcast whose context asks a server that is away."""

        def context(entry: LogEntry) -> dict[str, Any]:
            raise OperationalError("could not connect to the stock database")

        entries(2)
        return broadcast_to_entries(context)

    @pytest.fixture(autouse=True)
    def anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(fan_out, "_troubles", {})
        monkeypatch.setattr(fan_out, "PATIENCE", 0.0)

    def test_stops_no_other_broadcast(self, broken: Broadcast) -> None:
        other = started(User.objects.all())
        assert deliver_due() == {RowStatus.SENT: 2}
        assert fresh(other).status == Status.FINISHED
        assert fresh(broken).status == Status.RUNNING

    def test_is_not_asked_for_again_at_once(
        self, broken: Broadcast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps: list[int] = []
        step = fan_out._step
        monkeypatch.setattr(fan_out, "_step", lambda pk: (steps.append(pk), step(pk))[1])
        fed(3)
        assert len(steps) == 1
        monkeypatch.setattr(fan_out, "REST", 0.0)
        fan_out._troubles.clear()
        fed(3)
        assert len(steps) == 4

    def test_pauses_the_broadcast_in_the_end_and_says_why(
        self, broken: Broadcast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fan_out, "REST", 0.0)
        monkeypatch.setattr(fan_out, "LONGEST_TROUBLE", -1.0)
        fed()
        row = fresh(broken)
        assert row.status == Status.PAUSED
        assert "could not connect to the stock database" in row.reason


def test_what_a_dead_worker_held_is_not_sent_while_the_broadcast_is_paused() -> None:
    linked_people(1)
    broadcast = started()
    fed()
    OutboxMessage.objects.update(
        status=RowStatus.SENDING,
        claim_token="dead",
        lease_until=timezone.now() - timedelta(minutes=1),
    )
    broadcasts.pause(broadcast)
    assert deliver_due() == {}
    assert OutboxMessage.objects.get().status == RowStatus.QUEUED
    broadcasts.resume(broadcast)
    assert deliver_due() == {RowStatus.SENT: 1}


def test_a_held_message_that_was_cancelled_can_be_tried_again_later() -> None:
    linked_people(2)
    broadcast = started()
    fed()
    broadcasts.pause(broadcast)
    row = OutboxMessage.objects.earliest("pk")
    outbox.cancel(row)
    broadcasts.resume(broadcast)
    outbox.retry(row)
    assert deliver_due() == {RowStatus.SENT: 2}
    assert fresh(broadcast).status == Status.FINISHED


def test_an_error_that_no_database_stores_is_kept_without_what_is_wrong() -> None:
    def context(entry: LogEntry) -> dict[str, Any]:
        raise ValueError("a NUL \0 and a surrogate \ud800")

    entries(1)
    broadcast = broadcast_to_entries(context)
    deliver_due()
    row = fresh(broadcast)
    assert row.status == Status.FINISHED
    assert "a NUL \N{REPLACEMENT CHARACTER}" in row.errors[0][1]


def test_a_draft_is_discarded_and_not_cancelled() -> None:
    broadcast = drafted()
    assert not broadcasts.cancel(broadcast)
    assert fresh(broadcast).status == Status.DRAFT


class TestTryingManyAgain:
    def test_keeps_what_is_on_its_way_small(self) -> None:
        crowd = linked_people(40)
        broadcast = started()
        deliver_due()
        OutboxMessage.objects.update(status=RowStatus.FAILED)
        assert broadcasts.retry_failed(broadcast) == 40
        assert not OutboxMessage.objects.filter(status=RowStatus.QUEUED).exists()
        fed(5)
        assert OutboxMessage.objects.filter(status=RowStatus.QUEUED).count() == 10
        assert deliver_due() == {RowStatus.SENT: 40}
        assert reached() == uuids(crowd)
        assert fresh(broadcast).status == Status.FINISHED
        assert fresh(broadcast).retry_before is None

    def test_tries_what_fails_anew_no_third_time(self) -> None:
        linked_people(3)
        broadcast = started()
        deliver_due()
        OutboxMessage.objects.update(status=RowStatus.FAILED)
        broadcasts.retry_failed(broadcast)
        fed()
        OutboxMessage.objects.update(
            status=RowStatus.FAILED, settled_at=timezone.now() + timedelta(minutes=1)
        )
        assert deliver_due() == {}
        assert fresh(broadcast).status == Status.FINISHED

    def test_leaves_what_was_not_kept(self) -> None:
        linked_people(1)
        broadcast = started()
        deliver_due()
        OutboxMessage.objects.update(status=RowStatus.FAILED, content="")
        broadcasts.retry_failed(broadcast)
        assert deliver_due() == {}
        assert fresh(broadcast).status == Status.FINISHED


@pytest.mark.django_db(transaction=True)
def test_a_selection_can_be_drafted_while_others_write(monkeypatch: pytest.MonkeyPatch) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("A database in memory has one connection.")
    linked_people(3)
    reach_of = drafting.reach_of

    def while_somebody_writes(*args: Any) -> Any:
        meanwhile(lambda: User.objects.create_user(username="meanwhile"))
        return reach_of(*args)

    monkeypatch.setattr(drafting, "reach_of", while_somebody_writes)
    assert drafted().selected == 3


def test_a_link_that_is_made_after_the_draft_counts() -> None:
    user = User.objects.create_user(username="late")
    broadcast = started(User.objects.filter(pk=user.pk))
    link(user)
    deliver_due()
    assert counts(broadcast) == {"queued": 1}
