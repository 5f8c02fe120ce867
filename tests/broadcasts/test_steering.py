"""Pausing, resuming, cancelling and trying again, at any moment of a broadcast."""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from concurrent.futures import Future
from typing import Any

import pytest
from django.db import connection

from joinchat_django import broadcasts, outbox
from joinchat_django.api import Text
from joinchat_django.backends import locmem
from joinchat_django.backends.locmem import Delivered
from joinchat_django.broadcasts import fan_out
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import Broadcast, OutboxMessage
from tests.outbox.people import linked_people, reached, texts, uuids
from tests.side_by_side import begin
from tests.waiting import PATIENCE

from .steps import RowStatus, Status, User, drafted, fed, fresh, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_chunks")]


def statuses() -> list[str]:
    return sorted(OutboxMessage.objects.values_list("status", flat=True))


class TestPause:
    def test_keeps_back_what_is_queued_and_what_is_not_yet(self) -> None:
        crowd = linked_people(12)
        broadcast = started()
        fed()
        assert broadcasts.pause(broadcast)
        assert broadcast.status == Status.PAUSED
        assert deliver_due() == {}
        assert fresh(broadcast).chunks_queued == 1
        assert broadcasts.resume(broadcast)
        assert broadcast.status == Status.RUNNING
        assert deliver_due() == {RowStatus.SENT: 12}
        assert reached() == uuids(crowd)

    def test_holds_up_nobodys_other_messages(self, delivered: list[Delivered]) -> None:
        [one] = linked_people(1)
        broadcast = started()
        fed()
        # It has been tried before, and waits for another attempt.
        OutboxMessage.objects.update(attempts=1)
        broadcasts.pause(broadcast)
        outbox.send(one, Text("Your receipt"))
        assert deliver_due() == {RowStatus.SENT: 1}
        assert delivered[0].envelope.message == Text("Your receipt")

    def test_in_the_middle_of_a_sweep_stops_it_soon(
        self, delivered: list[Delivered], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        crowd = linked_people(30)
        broadcast = started()
        send = locmem.LocMemBackend.send

        def pause(self: Any, *args: Any, **options: Any) -> Any:
            if len(delivered) == 12:
                broadcasts.pause(broadcast)
            return send(self, *args, **options)

        monkeypatch.setattr(locmem.LocMemBackend, "send", pause)
        deliver_due(seconds=50)  # in this thread
        assert 13 <= len(delivered) <= 22
        assert fresh(broadcast).status == Status.PAUSED
        assert deliver_due(seconds=50) == {}
        broadcasts.resume(broadcast)
        deliver_due(seconds=50)
        assert sorted(one.envelope.recipient.value for one in delivered) == uuids(crowd)

    def test_holds_a_message_that_comes_back_from_an_attempt(self) -> None:
        linked_people(2)
        broadcast = started()
        fed()
        sending, held = OutboxMessage.objects.order_by("pk")
        OutboxMessage.objects.filter(pk=sending.pk).update(status=RowStatus.SENDING)
        broadcasts.pause(broadcast)
        OutboxMessage.objects.filter(pk=sending.pk).update(status=RowStatus.QUEUED, attempts=1)
        fed()
        for row in (sending, held):
            row.refresh_from_db()
        assert sending.send_at == held.send_at
        assert deliver_due() == {}
        broadcasts.resume(broadcast)
        assert deliver_due() == {RowStatus.SENT: 2}

    def test_is_nothing_for_what_does_not_run(self) -> None:
        broadcast = drafted()
        assert not broadcasts.pause(broadcast)
        assert not broadcasts.resume(broadcast)
        broadcasts.start(broadcast, by=None)
        assert not broadcasts.resume(broadcast)
        deliver_due()
        assert not broadcasts.pause(broadcast)
        assert fresh(broadcast).status == Status.FINISHED


class TestCancel:
    @pytest.mark.parametrize("is_paused", [False, True])
    def test_ends_it_with_what_is_not_sent(self, is_paused: bool) -> None:
        linked_people(12)
        broadcast = started()
        fed()
        if is_paused:
            broadcasts.pause(broadcast)
        assert broadcasts.cancel(broadcast)
        assert broadcast.status == Status.CANCELLED
        assert broadcast.finished_at
        assert deliver_due() == {}
        assert statuses() == [RowStatus.CANCELLED] * 5
        assert not broadcasts.cancel(broadcast)
        assert not broadcasts.resume(broadcast)
        # One of them may be sent all the same.
        outbox.retry(OutboxMessage.objects.order_by("pk")[:1])
        assert deliver_due() == {RowStatus.SENT: 1}

    def test_leaves_what_is_sent(self) -> None:
        linked_people(3)
        broadcast = started()
        deliver_due()
        assert not broadcasts.cancel(broadcast)
        assert statuses() == [RowStatus.SENT] * 3

    @pytest.mark.django_db(transaction=True)
    def test_while_a_chunk_is_written_lets_nothing_of_it_go(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if connection.vendor == "sqlite":
            pytest.skip("A database in memory has one connection.")
        linked_people(12)
        broadcast = started()
        write = fan_out._write
        begun: list[Future[bool]] = []

        def slowly(*args: Any, **options: Any) -> None:
            begun.append(begin(lambda: broadcasts.cancel(Broadcast(pk=broadcast.pk))))
            futures.wait(begun, timeout=0.5)  # It waits for the chunk.
            assert not begun[0].done()
            write(*args, **options)

        with monkeypatch.context() as patch:
            patch.setattr(fan_out, "_write", slowly)
            fed()
        assert begun[0].result(PATIENCE)
        assert statuses() == [RowStatus.CANCELLED] * 5
        assert deliver_due() == {}
        assert fresh(broadcast).chunks_queued == 1


class TestTryingAgain:
    def test_queues_what_failed_and_watches_it_again(self) -> None:
        linked_people(4)
        broadcast = started()
        deliver_due()
        failed, expired, uncertain, _sent = OutboxMessage.objects.order_by("pk")
        for row, status in [
            (failed, RowStatus.FAILED),
            (expired, RowStatus.EXPIRED),
            (uncertain, RowStatus.UNCERTAIN),
        ]:
            OutboxMessage.objects.filter(pk=row.pk).update(status=status)
        assert broadcasts.retry_failed(broadcast) == 2
        assert (broadcast.status, broadcast.finished_at) == (Status.RUNNING, None)
        assert deliver_due() == {RowStatus.SENT: 2}
        assert fresh(broadcast).status == Status.FINISHED
        assert statuses() == [RowStatus.SENT] * 3 + [RowStatus.UNCERTAIN]
        assert broadcasts.retry_failed(broadcast) == 0
        assert fresh(broadcast).status == Status.FINISHED

    def test_waits_while_it_is_paused(self) -> None:
        linked_people(1)
        broadcast = started()
        fed()
        OutboxMessage.objects.update(status=RowStatus.FAILED)
        broadcasts.pause(broadcast)
        assert broadcasts.retry_failed(broadcast) == 1
        assert deliver_due() == {}
        broadcasts.resume(broadcast)
        assert deliver_due() == {RowStatus.SENT: 1}

    def test_does_not_bring_a_cancelled_one_back(self) -> None:
        linked_people(1)
        broadcast = started()
        fed()
        OutboxMessage.objects.update(status=RowStatus.FAILED)
        broadcasts.cancel(broadcast)
        assert broadcasts.retry_failed(broadcast) == 0
        assert statuses() == [RowStatus.FAILED]


@pytest.mark.parametrize("end", [broadcasts.pause, broadcasts.cancel])
def test_a_chunk_that_was_about_to_be_written_is_not(
    end: Callable[[Broadcast], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    linked_people(3)
    broadcast = started()
    step = fan_out._step

    def too_late(pk: int) -> bool:
        assert end(broadcast)
        return step(pk)

    monkeypatch.setattr(fan_out, "_step", too_late)
    assert not fed()
    assert reached() == []


def test_a_broadcast_that_was_about_to_end_goes_on_with_what_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    linked_people(1)
    broadcast = started()
    fed()
    OutboxMessage.objects.update(status=RowStatus.FAILED)
    step = fan_out._step

    def too_late(pk: int) -> bool:
        assert broadcasts.retry_failed(broadcast) == 1
        return step(pk)

    monkeypatch.setattr(fan_out, "_step", too_late)
    fed()
    assert fresh(broadcast).status == Status.RUNNING


def test_a_broadcast_goes_on_as_it_began_through_all_of_it() -> None:
    crowd = linked_people(27)
    broadcast = started()
    for _ in range(3):
        fed()
        broadcasts.pause(broadcast)
        deliver_due()
        broadcasts.resume(broadcast)
    deliver_due()
    assert reached() == uuids(crowd)
    assert texts() == sorted(f"Hello {one.username}" for one in crowd)
    assert User.objects.count() == fresh(broadcast).queued
