"""How far a broadcast is: counts, rate, remaining time, and whether it stands still."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django import broadcasts, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import Broadcast, OutboxMessage
from tests.outbox.people import linked_people, people

from .steps import RowStatus, Status, User, drafted, fed, fresh, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_chunks")]


def age(broadcast: Broadcast, seconds: float) -> None:
    """Let so much time have passed since everything that has happened."""
    past = datetime.timedelta(seconds=seconds)
    row = fresh(broadcast)
    finished = row.finished_at and row.finished_at - past
    Broadcast.objects.filter(pk=row.pk).update(
        started_at=row.started_at and row.started_at - past, finished_at=finished
    )
    for message in OutboxMessage.objects.filter(group=row.group):
        OutboxMessage.objects.filter(pk=message.pk).update(
            send_at=message.send_at - past,
            settled_at=message.settled_at and message.settled_at - past,
        )


def settle(number: int, status: str = RowStatus.SENT) -> None:
    """Bring so many messages to their end just now."""
    some = OutboxMessage.objects.filter(status="queued").order_by("pk").values_list("pk", flat=True)
    OutboxMessage.objects.filter(pk__in=list(some[:number])).update(
        status=status, settled_at=timezone.now()
    )


def test_of_a_draft_says_that_nothing_has_happened() -> None:
    linked_people(3)
    progress = broadcasts.progress(drafted())
    assert (progress.status, progress.selected, progress.fanned_out) == (Status.DRAFT, 3, 0)
    assert (progress.started_at, progress.seconds, progress.per_second) == (None, 0, 0)
    assert progress.remaining_seconds is None
    assert not progress.is_stalled


def test_on_the_way_counts_members_and_messages() -> None:
    linked_people(8)
    people(4, name="q")
    broadcast = started()
    fed(2)
    settle(1, RowStatus.FAILED)
    outbox.send(Recipient(uuid="x"), Text("Another message"))
    age(broadcast, 10)
    progress = broadcasts.progress(broadcast)
    assert progress.selected == 12
    assert progress.fanned_out == 10 == progress.queued + progress.not_linked
    assert progress.by_status == {"failed": 1, "queued": progress.queued - 1}
    assert (progress.settled, progress.open) == (1, progress.queued - 1)
    assert 10 <= progress.seconds < 20
    assert 0.05 < progress.per_second <= 0.1
    assert progress.remaining_seconds
    # Two members are left, of whom as many are linked as of the ten before them.
    left = progress.open + 2 * progress.queued / 10
    assert progress.remaining_seconds == pytest.approx(left / progress.per_second)


def test_at_the_end_stands_still() -> None:
    linked_people(3)
    broadcast = started()
    deliver_due()
    age(broadcast, 1000)
    progress = broadcasts.progress(broadcast)
    assert progress.by_status == {RowStatus.SENT: 3}
    assert (progress.open, progress.settled, progress.remaining_seconds) == (0, 3, 0)
    assert progress.seconds < 500
    assert not progress.is_stalled


def test_takes_few_queries_however_many_there_are(django_assert_num_queries: Any) -> None:
    linked_people(30)
    broadcast = started()
    fed(2)
    with django_assert_num_queries(3):
        broadcasts.progress(broadcast)


class TestTheRate:
    def test_is_that_of_the_last_minute(self) -> None:
        linked_people(10)
        broadcast = started()
        fed(2)
        settle(2)
        age(broadcast, 7200)
        settle(6)
        progress = broadcasts.progress(broadcast)
        assert (progress.settled, progress.open) == (8, 2)
        assert progress.per_second == pytest.approx(6 / 60)
        assert progress.remaining_seconds == pytest.approx(20)

    def test_is_not_known_while_the_rest_waits_for_another_attempt(self) -> None:
        linked_people(10)
        broadcast = started()
        fed(2)
        settle(8)
        age(broadcast, 7200)
        progress = broadcasts.progress(broadcast)
        assert (progress.per_second, progress.remaining_seconds) == (0, None)

    def test_at_the_end_is_that_of_the_whole(self) -> None:
        linked_people(3)
        broadcast = started()
        deliver_due()
        row = fresh(broadcast)
        assert row.finished_at
        since = row.finished_at - datetime.timedelta(seconds=100)
        Broadcast.objects.filter(pk=row.pk).update(started_at=since)
        assert broadcasts.progress(broadcast).per_second == pytest.approx(3 / 100)


class TestABroadcastThatStandsStill:
    def test_has_messages_that_nobody_takes(self) -> None:
        linked_people(3)
        broadcast = started()
        fed()
        assert not broadcasts.progress(broadcast).is_stalled
        age(broadcast, 61)
        assert broadcasts.progress(broadcast).is_stalled
        deliver_due()
        assert not broadcasts.progress(broadcast).is_stalled

    def test_has_members_that_nobody_looks_at(self) -> None:
        linked_people(3)
        broadcast = started()
        assert not broadcasts.progress(broadcast).is_stalled
        age(broadcast, 61)
        assert broadcasts.progress(broadcast).is_stalled

    def test_is_not_one_whose_messages_wait_for_another_attempt(self) -> None:
        linked_people(3)
        broadcast = started()
        fed()
        age(broadcast, 61)
        soon = timezone.now() + datetime.timedelta(seconds=60)
        OutboxMessage.objects.update(send_at=soon, attempts=1)
        assert not broadcasts.progress(broadcast).is_stalled

    def test_is_not_one_of_which_something_was_settled_just_now(self) -> None:
        linked_people(3)
        broadcast = started()
        fed()
        age(broadcast, 61)
        one = OutboxMessage.objects.earliest("pk")
        OutboxMessage.objects.filter(pk=one.pk).update(
            status=RowStatus.SENT, settled_at=timezone.now()
        )
        assert not broadcasts.progress(broadcast).is_stalled

    def test_is_not_one_that_somebody_has_paused(self) -> None:
        linked_people(3)
        broadcast = started()
        fed()
        broadcasts.pause(broadcast)
        age(broadcast, 61)
        progress = broadcasts.progress(broadcast)
        assert not progress.is_stalled
        assert progress.remaining_seconds is None


def test_of_one_that_is_gone_is_an_error() -> None:
    broadcast = drafted(User.objects.none())
    Broadcast.objects.all().delete()
    with pytest.raises(Broadcast.DoesNotExist):
        broadcasts.progress(broadcast)
