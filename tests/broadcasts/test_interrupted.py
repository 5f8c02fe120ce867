"""Whatever happens to a fan-out, everybody gets the message once, or people are told."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import InterfaceError, OperationalError, connection

from joinchat_django import broadcasts
from joinchat_django.backends.locmem import Delivered
from joinchat_django.broadcasts import audiences, fan_out
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import Broadcast, OutboxMessage
from tests.outbox.people import linked_people, reached, uuids
from tests.side_by_side import together

from .steps import RowStatus, Status, counts, fed, fresh, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_chunks")]


class TestAChunkThatIsInterrupted:
    """Whatever step it dies at: it is done again, and nobody gets the message twice."""

    @pytest.mark.parametrize(
        "step",
        ["audience_named", "mailing_of", "keys_of", "_errors", "_write"],
    )
    def test_is_done_again_as_a_whole(
        self, step: str, monkeypatch: pytest.MonkeyPatch, delivered: list[Delivered]
    ) -> None:
        crowd = linked_people(12)
        broadcast = started()
        fed()
        whole = getattr(fan_out, step)

        def dies(*args: Any, **options: Any) -> Any:
            if step == "_write":
                whole(*args, **options)
            raise SystemExit

        with monkeypatch.context() as patch:
            patch.setattr(fan_out, step, dies)
            with pytest.raises(SystemExit):
                fed()
        assert fresh(broadcast).chunks_queued == 1
        assert OutboxMessage.objects.count() == 5
        deliver_due()
        assert sorted(one.envelope.recipient.value for one in delivered) == uuids(crowd)
        assert counts(broadcast) == {"queued": 12}

    def test_after_its_messages_were_committed_sends_them_once(self) -> None:
        # As where a router keeps messages and broadcasts in two databases.
        crowd = linked_people(7)
        broadcast = started()
        fed()
        Broadcast.objects.filter(pk=broadcast.pk).update(chunks_queued=0, queued=0)
        deliver_due()
        assert reached() == uuids(crowd)
        assert fresh(broadcast).status == Status.FINISHED


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_to_nobody_twice(delivered: list[Delivered]) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("A database in memory has one connection.")
    crowd = linked_people(60)
    broadcast = started()

    def work() -> None:
        while fresh(broadcast).status != Status.FINISHED:
            deliver_due(concurrency=2)

    assert together(work, work) == [None, None]
    assert sorted(one.envelope.recipient.value for one in delivered) == uuids(crowd)
    assert counts(broadcast) == {"queued": 60}


def test_a_database_that_is_away_for_a_moment_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, delivered: list[Delivered]
) -> None:
    linked_people(12)
    broadcast = started()
    errors = [OperationalError("away"), InterfaceError("gone")]
    named = fan_out.audience_named

    def away(label: str) -> Any:
        if errors:
            raise errors.pop()
        return named(label)

    monkeypatch.setattr(fan_out, "audience_named", away)
    deliver_due()
    assert len(delivered) == 12
    assert fresh(broadcast).status == Status.FINISHED


class TestABroadcastThatCannotGoOn:
    def test_is_paused_with_a_word_on_what_to_do(self) -> None:
        broadcasts.register(LogEntry)
        [one] = linked_people(1)
        LogEntry.objects.create(user=one, action_flag=1)
        broadcast = started(LogEntry.objects.all())
        del audiences._registered[LogEntry]  # as in a process that does not import the module
        deliver_due()
        row = fresh(broadcast)
        assert row.status == Status.PAUSED
        assert "broadcasts.register(LogEntry" in row.reason
        assert "resume" in row.reason
        broadcasts.register(LogEntry)
        assert broadcasts.resume(broadcast)
        assert fresh(broadcast).reason == ""
        assert deliver_due() == {RowStatus.SENT: 1}

    def test_may_be_of_a_bot_that_was_removed(self, settings: Any) -> None:
        linked_people(1)
        bot = settings.JOINCHAT["default"]
        settings.JOINCHAT = {"default": bot, "spring": bot}
        broadcast = started(bot="spring")
        settings.JOINCHAT = {"default": bot}
        deliver_due()
        row = fresh(broadcast)
        assert row.status == Status.PAUSED
        assert "no bot 'spring'" in row.reason

    def test_holds_what_is_queued(self) -> None:
        linked_people(7)
        broadcast = started()
        fed()
        Broadcast.objects.filter(pk=broadcast.pk).update(model="shop.nosuchmodel")
        assert fed()
        assert deliver_due() == {}

    def test_stops_no_other(self) -> None:
        linked_people(3)
        bad = started()
        Broadcast.objects.filter(pk=bad.pk).update(model="shop.nosuchmodel")
        good = started()
        assert deliver_due() == {RowStatus.SENT: 3}
        assert fresh(bad).status == Status.PAUSED
        assert fresh(good).status == Status.FINISHED
