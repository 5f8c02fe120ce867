"""One message for many: each page is a transaction, and tells delivery and the caller of itself."""

from __future__ import annotations

import asyncio
import datetime
import gc
import tracemalloc
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import MessageTag, Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.dispatchers import Dispatcher
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.outbox import BulkResult
from tests.outbox.people import linked_people, people, texts, users, uuids

HELLO = Text("Hello")
Status = OutboxMessage.Status


class HandsOver(Dispatcher):
    """Notes how many rows there are whenever it is woken."""

    woken: ClassVar[list[int]] = []

    def wake(self) -> None:
        HandsOver.woken.append(OutboxMessage.objects.count())


class InLine(HandsOver):
    delivers_in_line = True


class Fails(HandsOver):
    """Cannot reach whom it would wake."""

    def wake(self) -> None:
        super().wake()
        raise ConnectionError("The broker is away.")


@pytest.fixture
def woken(small_pages: None) -> list[int]:
    HandsOver.woken.clear()
    return HandsOver.woken


@pytest.mark.django_db(transaction=True)
def test_one_message_reaches_every_user_who_is_linked(delivered: list[Delivered]) -> None:
    crowd = linked_people(5)
    people(2, name="lonely")
    result = outbox.send_bulk(users().all(), HELLO, tag=MessageTag.ACCOUNT_UPDATE, group="spring")
    assert result == BulkResult(queued=5, not_linked=2)
    assert result.total == 7
    assert sorted(str(one.envelope.recipient.uuid) for one in delivered) == uuids(crowd)
    assert {(one.envelope.message, one.envelope.tag) for one in delivered} == {
        (HELLO, "ACCOUNT_UPDATE")
    }


@pytest.mark.django_db
def test_a_row_of_a_bulk_is_the_row_that_send_writes(
    receipt: MessageTemplate, user: Any, left_to_a_worker: None
) -> None:
    linked_people(1)
    options: dict[str, Any] = {
        "context": {"number": "A-17", "total": Decimal("5.10")},
        "send_at": timezone.now() + datetime.timedelta(days=1),
        "expires_at": timezone.now() + datetime.timedelta(days=2),
        "group": "spring",
        "trigger": "t" * 300,
        "requested_by": user,
    }
    outbox.send(users().get(username="p0"), receipt, **options)
    outbox.send_bulk(users().filter(username="p0"), "receipt", **options)
    fields = [f.attname for f in OutboxMessage._meta.concrete_fields]
    one, other = OutboxMessage.objects.values(*(set(fields) - {"id", "created_at"}))
    assert one == other
    assert (one["tag"], one["delay"]) == ("PAYMENT_UPDATE", 2)


@pytest.mark.django_db
def test_a_row_is_due_by_the_databases_clock_unless_a_time_is_given(
    clock_goes_wrong: None,
) -> None:
    linked_people(3)
    outbox.send_bulk(users().all(), HELLO)
    due = OutboxMessage.objects.filter(send_at__lte=DatabaseNow())
    recent = due.filter(send_at__gt=DatabaseNow() - datetime.timedelta(minutes=1))
    assert recent.count() == 3


@pytest.mark.django_db
def test_the_senders_tag_and_delay_go_before_the_templates_own(receipt: MessageTemplate) -> None:
    linked_people(1)
    context = {"number": "A-17", "total": 5}
    outbox.send_bulk(users().all(), receipt, context=context, tag="", delay=0)
    row = OutboxMessage.objects.get()
    assert (row.tag, row.delay) == ("", 0)


@pytest.mark.django_db
def test_a_template_is_filled_in_for_each(greeting: MessageTemplate) -> None:
    linked_people(2)
    outbox.send_bulk(users().all(), "greeting", context={"points": 5})
    assert texts() == ["p0 has 5 points", "p1 has 5 points"]


@pytest.mark.django_db
def test_a_function_gives_each_their_own_context(greeting: MessageTemplate) -> None:
    crowd = [*linked_people(2), Recipient(email="me@example.com")]

    def points(to: Any) -> dict[str, Any]:
        return {"points": 1} if isinstance(to, Recipient) else {"points": to.username[1:]}

    outbox.send_bulk(crowd, greeting, context=points)
    assert texts() == [" has 1 points", "p0 has 0 points", "p1 has 1 points"]


@pytest.mark.django_db
def test_a_message_without_variables_is_made_once_for_all() -> None:
    linked_people(5)
    MessageTemplate.objects.create(
        slug="fixed", name="Fixed", body={"template_type": "text", "text": "你好 💶"}
    )
    asked = []
    outbox.send_bulk(users().all(), "fixed", context=lambda user: asked.append(user) or {})
    assert asked == []
    assert set(OutboxMessage.objects.values_list("content", flat=True)) == {
        '{"template_type":"text","text":"你好 💶"}'
    }


@pytest.mark.django_db(transaction=True)
class TestTransactions:
    def test_each_page_is_committed_and_handed_to_delivery_by_itself(
        self, settings: Any, woken: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": f"{__name__}.HandsOver"}
        monkeypatch.setattr("joinchat_django.outbox.waking.WAKE_INTERVAL", 0)
        linked_people(8)
        outbox.send_bulk([*users().all()], HELLO)
        assert woken == [3, 6, 8]

    @pytest.mark.parametrize("dispatcher", ["HandsOver", "Fails"])
    def test_pages_that_follow_soon_are_handed_over_together(
        self,
        dispatcher: str,
        settings: Any,
        woken: list[int],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": f"{__name__}.{dispatcher}"}
        monkeypatch.setattr("joinchat_django.outbox.waking.WAKE_INTERVAL", 3600)
        linked_people(14)
        assert outbox.send_bulk([*users().all()], HELLO).queued == 14
        assert woken == [3, 14]

    def test_a_dispatcher_that_cannot_be_had_loses_no_message(
        self, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "no.such.Dispatcher"}
        linked_people(2)
        assert outbox.send_bulk(users().all(), HELLO) == BulkResult(queued=2)
        assert "no.such.Dispatcher" in caplog.text

    def test_in_line_delivery_takes_its_time_once(self, settings: Any, woken: list[int]) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": f"{__name__}.InLine"}
        linked_people(8)
        outbox.send_bulk(users().all(), HELLO)
        assert woken == [8]

    @pytest.mark.parametrize("dispatcher", ["HandsOver", "InLine"])
    def test_what_was_queued_before_an_error_is_delivered(
        self, dispatcher: str, settings: Any, woken: list[int]
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": f"{__name__}.{dispatcher}"}
        crowd = linked_people(3)
        with pytest.raises(TypeError):
            outbox.send_bulk([*crowd, "tom"], HELLO)
        assert woken == [3]

    def test_a_bulk_that_queues_nothing_wakes_nobody(self, settings: Any, woken: list[int]) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": f"{__name__}.HandsOver"}
        people(4)
        outbox.send_bulk(users().all(), HELLO)
        assert woken == []

    def test_in_the_callers_transaction_it_is_a_part_of_it(
        self, settings: Any, woken: list[int]
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": f"{__name__}.HandsOver"}
        linked_people(8)
        with transaction.atomic():
            outbox.send_bulk(users().all(), HELLO)
            assert woken == []
        assert woken == [8]

    def test_a_rolled_back_transaction_queues_nothing(
        self, settings: Any, woken: list[int]
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": f"{__name__}.HandsOver"}
        linked_people(8)
        with transaction.atomic():
            assert outbox.send_bulk(users().all(), HELLO).queued == 8
            transaction.set_rollback(True)
        assert not OutboxMessage.objects.exists()
        assert woken == []


@pytest.mark.django_db
def test_progress_is_told_after_each_page(small_pages: None) -> None:
    linked_people(4)
    people(3, name="lonely")
    seen: list[BulkResult] = []
    result = outbox.send_bulk([*users().order_by("username")], HELLO, progress=seen.append)
    assert [one.total for one in seen] == [3, 6, 7]
    assert seen[-1] == result == BulkResult(queued=4, not_linked=3)


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_has_its_own_bulk(left_to_a_worker: None) -> None:
    linked_people(2)

    async def view() -> BulkResult:
        result = await outbox.asend_bulk(users().all(), HELLO, group="spring")
        await sync_to_async(connections.close_all)()  # that thread's own
        return result

    assert asyncio.run(view()) == BulkResult(queued=2)


@pytest.mark.thorough
@pytest.mark.django_db
@pytest.mark.parametrize(
    "context", [{"points": 5}, lambda user: {"points": 5}], ids=["columns", "objects"]
)
def test_a_crowd_ten_times_as_large_takes_no_more_memory(
    context: Any, monkeypatch: pytest.MonkeyPatch, greeting: MessageTemplate
) -> None:
    for page in ("audiences.PAGE", "personal.WRITTEN_AT_ONCE"):
        monkeypatch.setattr(f"joinchat_django.outbox.{page}", 50)
    crowds = {"warm-up": 60, "few": 150, "many": 1_500}
    for name, number in crowds.items():
        linked_people(number, name=name)

    def peak(name: str) -> int:
        some = users().filter(username__startswith=name)
        tracemalloc.reset_peak()
        before, _peak = tracemalloc.get_traced_memory()
        # Garbage goes after each page: when it would go by itself is no concern here.
        options: dict[str, Any] = {"progress": lambda result: gc.collect(1)}
        result = outbox.send_bulk(some, greeting, context=context, **options)
        assert result.queued == crowds[name]
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        peak("warm-up")  # what is imported and compiled at the first time
        few, many = peak("few"), peak("many")
    finally:
        tracemalloc.stop()
    # A set of the keys alone would take 200 KB more, the users 2 MB.
    assert many - few < 150_000
