"""Second thoughts: messages are cancelled, tried again, or taken as sent, one by one or a group."""

from __future__ import annotations

import asyncio
import datetime
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.delivery.claims import claim, give_back
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import MessageTemplate, OutboxMessage

Status = OutboxMessage.Status

pytestmark = pytest.mark.usefixtures("small_pages")

ENDED_BADLY = [Status.FAILED, Status.EXPIRED, Status.CANCELLED, Status.UNCERTAIN]


def rows(number: int, **values: Any) -> list[OutboxMessage]:
    """Rows that are queued, and then changed as told."""
    given = [Recipient(uuid=str(n)) for n in range(number)]
    before = set(OutboxMessage.objects.values_list("pk", flat=True))
    outbox.send_bulk(given, Text("Hello"), group=values.pop("group", ""))
    new = OutboxMessage.objects.exclude(pk__in=before)
    if values:
        OutboxMessage.objects.filter(pk__in=[row.pk for row in new]).update(**values)
    return list(OutboxMessage.objects.exclude(pk__in=before).order_by("pk"))


def statuses(**wanted: Any) -> list[str]:
    found = OutboxMessage.objects.filter(**wanted).order_by("pk")
    return list(found.values_list("status", flat=True))


@pytest.mark.django_db
@pytest.mark.usefixtures("left_to_a_worker")
class TestCancel:
    def test_a_group_is_stopped_as_far_as_it_has_not_gone(self) -> None:
        group = rows(8, group="spring")
        gone = [Status.SENDING, *(s for s in Status if s not in (Status.QUEUED, Status.SENDING))]
        for row, status in zip(group, gone, strict=False):
            OutboxMessage.objects.filter(pk=row.pk).update(status=status)
        assert outbox.cancel(group="spring") == 2
        assert statuses() == [*gone, Status.CANCELLED, Status.CANCELLED]
        stopped = OutboxMessage.objects.filter(pk__in=[row.pk for row in group[-2:]])
        assert stopped.filter(settled_at__lte=DatabaseNow()).count() == 2
        assert outbox.cancel(group="spring") == 0

    def test_one_that_is_being_sent_ends_if_it_comes_back(self) -> None:
        [sending, other] = rows(2, group="spring")
        outbox.cancel(other)
        [claimed] = claim("default", limit=5, lease=60)
        assert outbox.cancel(group="spring") == 0
        sending.refresh_from_db()
        assert (sending.status, sending.claim_token) == (Status.SENDING, claimed.claim_token)
        give_back([claimed])
        assert deliver_due() == {Status.EXPIRED: 1}

    def test_one_whose_worker_died_does_not_go_out_later(self, delivered: list[Delivered]) -> None:
        past = timezone.now() - datetime.timedelta(days=1)
        [row] = rows(1, status=Status.SENDING, claim_token="t", lease_until=past)
        assert outbox.cancel(row) == 0
        deliver_due()
        assert statuses() == [Status.EXPIRED]
        assert not delivered

    def test_other_groups_go_on(self) -> None:
        rows(7, group="spring")
        for other in ("Spring", "spring ", "", "spring2"):
            rows(1, group=other)
        assert outbox.cancel(group="spring") == 7
        assert statuses(status=Status.QUEUED) == [Status.QUEUED] * 4

    def test_rows_are_stopped_one_by_one_or_many_at_once(self) -> None:
        all_ = rows(12)
        assert outbox.cancel(all_[0]) == 1
        assert outbox.cancel(iter(all_[:5])) == 4
        assert outbox.cancel(OutboxMessage.objects.order_by("pk")[5:9]) == 4
        assert outbox.cancel(OutboxMessage.objects.filter(status=Status.QUEUED)) == 3
        assert set(statuses()) == {Status.CANCELLED}

    def test_a_reason_is_kept_where_one_is_given(self) -> None:
        [why, sending, other] = rows(3, last_error="500")
        OutboxMessage.objects.filter(pk=sending.pk).update(status=Status.SENDING)
        assert outbox.cancel([why, sending], reason="Sold out.") == 1
        assert outbox.cancel(other) == 1
        errors = OutboxMessage.objects.order_by("pk").values_list("last_error", flat=True)
        assert list(errors) == ["Sold out.", "500", "500"]

    def test_what_is_meant_has_to_be_said(self) -> None:
        [row] = rows(1)
        with pytest.raises(TypeError, match="either rows or group"):
            outbox.cancel()
        with pytest.raises(TypeError, match="either rows or group"):
            outbox.cancel(row, group="spring")
        with pytest.raises(ValueError, match="empty group"):
            outbox.cancel(group="")
        with pytest.raises(TypeError, match="OutboxMessage objects, not int"):
            outbox.cancel([row.pk])  # type: ignore[list-item]
        with pytest.raises(TypeError, match="queryset of MessageTemplate"):
            outbox.cancel(MessageTemplate.objects.all())  # type: ignore[arg-type]
        assert statuses() == [Status.QUEUED]

    def test_a_rolled_back_transaction_stops_nothing(self) -> None:
        rows(4, group="spring")
        with transaction.atomic():
            assert outbox.cancel(group="spring") == 4
            transaction.set_rollback(True)
        assert statuses() == [Status.QUEUED] * 4


@pytest.mark.django_db
@pytest.mark.usefixtures("left_to_a_worker")
class TestRetry:
    @pytest.mark.parametrize("status", ENDED_BADLY)
    def test_what_ended_badly_starts_anew(self, status: str) -> None:
        later = timezone.now() + datetime.timedelta(days=1)
        ended = rows(
            4,
            status=status,
            attempts=8,
            settled_at=timezone.now(),
            send_at=later,
            last_error="500",
            for_worker=True,
        )
        assert outbox.retry(ended) == 4
        for row in OutboxMessage.objects.filter(send_at__lte=DatabaseNow()):
            assert (row.status, row.attempts, row.settled_at) == (Status.QUEUED, 0, None)
            assert (row.last_error, row.for_worker) == ("500", False)
        assert OutboxMessage.objects.filter(send_at__lte=DatabaseNow()).count() == 4

    @pytest.mark.parametrize("status", [Status.QUEUED, Status.SENDING, Status.SENT])
    def test_anything_else_stays_as_it_is(self, status: str) -> None:
        later = timezone.now() + datetime.timedelta(days=1)
        rows(2, status=status, send_at=later, attempts=3, group="spring")
        assert outbox.retry(group="spring") == 0
        assert OutboxMessage.objects.filter(status=status, send_at=later, attempts=3).count() == 2

    def test_one_that_was_cancelled_before_its_time_keeps_that_time(self) -> None:
        day = datetime.timedelta(days=1)
        later = (timezone.now() + day).replace(microsecond=0)
        [scheduled] = rows(1, send_at=later)
        [tried] = rows(1, send_at=later, attempts=3)
        [due] = rows(1)
        assert outbox.cancel([scheduled, tried, due]) == 3
        assert outbox.retry([scheduled, tried, due]) == 3
        now_due = OutboxMessage.objects.filter(send_at__lte=DatabaseNow())
        assert set(now_due.values_list("pk", flat=True)) == {tried.pk, due.pk}
        scheduled.refresh_from_db()
        assert (scheduled.status, scheduled.send_at) == (Status.QUEUED, later)

    def test_the_databases_clock_decides(self, clock_goes_wrong: None) -> None:
        [row] = rows(1, status=Status.FAILED, attempts=8)
        assert outbox.retry(row) == 1
        row.refresh_from_db()
        assert OutboxMessage.objects.filter(send_at__lte=DatabaseNow()).exists()
        assert outbox.cancel(row) == 1
        assert OutboxMessage.objects.filter(settled_at__lte=DatabaseNow()).exists()

    def test_a_group_is_queued_again_whatever_its_bad_end(self) -> None:
        for status in ENDED_BADLY:
            rows(4, status=status, group="spring")
            rows(1, status=status, group="Spring")
        assert outbox.retry(group="spring") == 16
        assert OutboxMessage.objects.filter(status=Status.QUEUED).count() == 16
        assert outbox.retry(group="spring") == 0

    def test_an_expiry_that_has_passed_is_taken_away_and_one_to_come_stays(self) -> None:
        day = datetime.timedelta(days=1)
        now = timezone.now().replace(microsecond=0)
        [late] = rows(1, status=Status.EXPIRED, expires_at=now - day)
        [in_time] = rows(1, status=Status.CANCELLED, expires_at=now + day)
        [free] = rows(1, status=Status.FAILED)
        assert outbox.retry([late, in_time, free]) == 3
        for row, expected in ((late, None), (in_time, now + day), (free, None)):
            row.refresh_from_db()
            assert row.expires_at == expected

    def test_a_row_that_has_forgotten_its_content_is_left_alone(self) -> None:
        rows(1, status=Status.FAILED, content="", group="spring")
        assert outbox.retry(group="spring") == 0
        assert statuses() == [Status.FAILED]

    def test_what_is_meant_has_to_be_said(self) -> None:
        with pytest.raises(TypeError, match="either rows or group"):
            outbox.retry()
        with pytest.raises(ValueError, match="empty group"):
            outbox.retry(group="")


@pytest.mark.django_db
@pytest.mark.usefixtures("left_to_a_worker")
class TestMarkDone:
    def test_what_is_uncertain_counts_as_sent_and_nothing_goes_out(
        self, delivered: list[Delivered], django_capture_on_commit_callbacks: Any
    ) -> None:
        then = timezone.now().replace(microsecond=0) - datetime.timedelta(days=1)
        ended = rows(4, status=Status.UNCERTAIN, settled_at=then, attempts=8, last_error="lost")
        with django_capture_on_commit_callbacks() as callbacks:
            assert outbox.mark_done(ended) == 4
        assert callbacks == []
        for row in OutboxMessage.objects.all():
            assert (row.status, row.settled_at, row.attempts) == (Status.SENT, then, 8)
            assert (row.last_error, row.message) == ("lost", Text("Hello"))
        deliver_due()
        assert not delivered

    @pytest.mark.parametrize("status", [s for s in Status if s != Status.UNCERTAIN])
    def test_anything_else_stays_as_it_is(self, status: str) -> None:
        rows(2, status=status, group="spring")
        assert outbox.mark_done(group="spring") == 0
        assert statuses() == [status] * 2

    def test_of_a_group_too(self) -> None:
        rows(7, status=Status.UNCERTAIN, group="spring")
        rows(1, status=Status.UNCERTAIN, group="Spring")
        assert outbox.mark_done(group="spring") == 7
        assert outbox.mark_done(group="spring") == 0

    def test_its_content_is_forgotten_where_the_site_wants_that(self, settings: Any) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "KEEP_CONTENT": False}
        [doubtful] = rows(1, status=Status.UNCERTAIN)
        [failed] = rows(1, status=Status.FAILED)
        assert outbox.mark_done([doubtful, failed]) == 1
        doubtful.refresh_from_db()
        failed.refresh_from_db()
        assert (doubtful.content, failed.message) == ("", Text("Hello"))

    def test_what_is_meant_has_to_be_said(self) -> None:
        with pytest.raises(TypeError, match="either rows or group"):
            outbox.mark_done()
        with pytest.raises(ValueError, match="empty group"):
            outbox.mark_done(group="")


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_tried_again_is_delivered_after_the_commit(
    delivered: list[Delivered],
) -> None:
    [row] = rows(1)
    OutboxMessage.objects.update(status=Status.FAILED)
    delivered.clear()
    with transaction.atomic():
        assert outbox.retry(row) == 1
        assert not delivered
    assert [one.envelope.recipient for one in delivered] == [Recipient(uuid="0")]
    assert statuses() == [Status.SENT]


@pytest.mark.django_db
def test_nothing_to_try_again_wakes_nobody(django_capture_on_commit_callbacks: Any) -> None:
    rows(2, group="spring")
    with django_capture_on_commit_callbacks() as callbacks:
        outbox.retry(group="spring")
        outbox.cancel(group="spring")
    assert callbacks == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("left_to_a_worker")
def test_asynchronous_code_has_its_own_second_thoughts() -> None:
    [row, _other] = rows(2, group="spring")

    async def view() -> tuple[int, int, int, int]:
        counts = (
            await outbox.acancel(group="spring"),
            await outbox.aretry(row),
            await outbox.aretry(group="spring"),
            await outbox.amark_done(group="spring"),
        )
        await sync_to_async(connections.close_all)()  # that thread's own
        return counts

    assert asyncio.run(view()) == (2, 1, 1, 0)
