from __future__ import annotations

import asyncio
import contextlib
import datetime
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections, transaction
from django.utils import timezone

from joinchat_django import conf, outbox
from joinchat_django.api import InvalidMessage, MessageTag, Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from joinchat_django.rendering import PlainDataRequired


@contextlib.contextmanager
def rolled_back() -> Iterator[None]:
    """A transaction, or a savepoint of the one around it, that does not last."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def receipt(db: None) -> MessageTemplate:
    return MessageTemplate.objects.create(
        slug="receipt",
        name="Receipt",
        tag="PAYMENT_UPDATE",
        delay=2,
        body={
            "template_type": "receipt",
            "recipient_name": "{{ user.first_name }}",
            "order_number": "{{ number }}",
            "currency": "EUR",
            "payment_method": "Card",
            "summary": {"total_cost": "{{ total }}"},
        },
    )


@pytest.mark.django_db(transaction=True)
def test_a_message_to_a_linked_user_is_delivered_after_the_commit(
    linked_user: Any, delivered: list[Delivered]
) -> None:
    with transaction.atomic():
        row = outbox.send(linked_user, Text("Hello"), tag=MessageTag.ACCOUNT_UPDATE)
        assert row.status == OutboxMessage.Status.QUEUED
        assert not delivered
    row.refresh_from_db()
    assert row.status == OutboxMessage.Status.SENT
    [one] = delivered
    assert one.envelope.recipient == Recipient(uuid="uuid-of-tom")
    assert one.envelope.message == Text("Hello")
    assert one.envelope.tag == "ACCOUNT_UPDATE"


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_row_that_comes_back_says_what_became_of_it(
    linked_user: Any,
) -> None:
    assert outbox.send(linked_user, Text("Hello")).status == OutboxMessage.Status.SENT


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_transaction_sends_nothing(
    linked_user: Any, delivered: list[Delivered]
) -> None:
    with rolled_back():
        outbox.send(linked_user, Text("Hello"))
    assert not delivered
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_a_transaction_wakes_delivery_once(
    linked_user: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        with transaction.atomic():
            outbox.send(linked_user, Text("one"))
        outbox.send(linked_user, Text("two"))
    assert len(callbacks) == 1


@pytest.mark.django_db(transaction=True)
def test_a_savepoint_that_is_rolled_back_takes_no_other_wake_up_with_it(
    linked_user: Any, delivered: list[Delivered]
) -> None:
    with transaction.atomic():
        with rolled_back():
            outbox.send(linked_user, Text("gone"))
        outbox.send(linked_user, Text("kept"))
    assert [one.envelope.message for one in delivered] == [Text("kept")]


@pytest.mark.django_db
class TestWhom:
    def test_a_user_without_a_link_is_an_error_that_says_how_to_link(self, user: Any) -> None:
        with pytest.raises(outbox.NotLinked, match="joinchat_sdk"):
            outbox.send(user, Text("Hello"))

    def test_an_inactive_link_counts_as_none(self, user: Any) -> None:
        MessengerLink.objects.create(user=user, uuid="old", is_active=False)
        with pytest.raises(outbox.NotLinked):
            outbox.send(user, Text("Hello"))

    def test_messages_go_to_the_newest_active_link(self, linked_user: Any) -> None:
        later = timezone.now() + datetime.timedelta(hours=1)
        MessengerLink.objects.create(user=linked_user, uuid="new", linked_at=later)
        MessengerLink.objects.create(
            user=linked_user,
            uuid="newer-and-off",
            is_active=False,
            linked_at=later + datetime.timedelta(hours=1),
        )
        assert outbox.send(linked_user, Text("Hello")).recipient == Recipient(uuid="new")

    def test_a_link_is_a_recipient(self, linked_user: Any) -> None:
        link = linked_user.messenger_links.get()
        row = outbox.send(link, Text("Hello"))
        assert (row.user, row.recipient_value) == (linked_user, "uuid-of-tom")

    def test_a_recipient_needs_no_user(self) -> None:
        row = outbox.send(Recipient(email="lin@example.com"), Text("Hello"))
        assert row.user is None
        assert row.recipient == Recipient(email="lin@example.com")

    def test_anything_else_is_a_type_error(self) -> None:
        with pytest.raises(TypeError, match="saved user"):
            outbox.send("tom", Text("Hello"))

    def test_an_unknown_bot_is_named_with_the_known_ones(self, linked_user: Any) -> None:
        with pytest.raises(conf.UnknownBot, match=r"'second'.*'default'"):
            outbox.send(linked_user, Text("Hello"), bot="second")


@pytest.mark.django_db
class TestTemplates:
    def test_a_template_is_sent_by_its_slug(
        self, linked_user: Any, receipt: MessageTemplate
    ) -> None:
        row = outbox.send(linked_user, "receipt", context={"number": "A-17", "total": Decimal(5)})
        assert json.loads(row.content)["recipient_name"] == 'Tom & "Jerry"'
        assert json.loads(row.content)["summary"] == {"total_cost": 5}
        assert (row.tag, row.delay, row.template) == ("PAYMENT_UPDATE", 2, receipt)

    def test_the_senders_tag_and_delay_go_first(
        self, linked_user: Any, receipt: MessageTemplate
    ) -> None:
        context = {"number": "A-17", "total": 5}
        row = outbox.send(linked_user, receipt, context=context, tag="ACCOUNT_UPDATE", delay=0)
        assert (row.tag, row.delay) == ("ACCOUNT_UPDATE", 0)

    def test_an_empty_tag_takes_the_templates_own_off(
        self, linked_user: Any, receipt: MessageTemplate
    ) -> None:
        context = {"number": "A-17", "total": 5}
        assert outbox.send(linked_user, receipt, context=context, tag="").tag == ""

    def test_a_slug_that_nobody_wrote_is_an_error_that_names_it(self, linked_user: Any) -> None:
        with pytest.raises(outbox.UnknownTemplate, match=r"Text\('Hello'\)"):
            outbox.send(linked_user, "Hello")

    def test_a_model_instance_in_the_context_is_refused(
        self, linked_user: Any, receipt: MessageTemplate
    ) -> None:
        with pytest.raises(PlainDataRequired):
            outbox.send(linked_user, "receipt", context={"number": receipt, "total": 1})
        assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
class TestLists:
    def test_a_list_keeps_its_order_by_growing_delays(self, linked_user: Any) -> None:
        rows = outbox.send(linked_user, [Text(str(n)) for n in range(13)])
        assert [row.delay for row in rows] == [*range(11), 10, 10]

    def test_a_given_delay_stays(self, linked_user: Any) -> None:
        rows = outbox.send(linked_user, [Text("a"), Text("b")], delay=4)
        assert [row.delay for row in rows] == [4, 4]

    def test_one_bad_message_queues_none(self, linked_user: Any) -> None:
        with pytest.raises(InvalidMessage):
            outbox.send(linked_user, [Text("a"), {"template_type": "text"}])
        assert not OutboxMessage.objects.exists()

    def test_a_list_with_a_key_is_sent_once(self, linked_user: Any) -> None:
        first = outbox.send(linked_user, [Text("a"), Text("b")], idempotency_key="k")
        again = outbox.send(linked_user, [Text("a"), Text("b")], idempotency_key="k")
        assert [row.pk for row in first] == [row.pk for row in again]
        assert OutboxMessage.objects.count() == 2


@pytest.mark.django_db
class TestIdempotency:
    def test_the_same_key_again_returns_the_first_row(self, linked_user: Any) -> None:
        first = outbox.send(linked_user, Text("a"), idempotency_key="k")
        assert outbox.send(linked_user, Text("b"), idempotency_key="k").pk == first.pk

    def test_keys_that_differ_only_in_case_stay_apart(self, linked_user: Any) -> None:
        first = outbox.send(linked_user, Text("a"), idempotency_key="k")
        assert outbox.send(linked_user, Text("a"), idempotency_key="K").pk != first.pk

    def test_each_bot_has_its_own_keys(self, settings: Any) -> None:
        settings.JOINCHAT = {**settings.JOINCHAT, "second": settings.JOINCHAT["default"]}
        to = Recipient(id="1")
        first = outbox.send(to, Text("a"), idempotency_key="k")
        assert outbox.send(to, Text("a"), idempotency_key="k", bot="second").pk != first.pk

    def test_a_key_may_have_255_characters_and_no_more(self, linked_user: Any) -> None:
        outbox.send(linked_user, Text("a"), idempotency_key="k" * 255)
        with pytest.raises(InvalidMessage, match="idempotency_key: must be at most 255 characters"):
            outbox.send(linked_user, Text("a"), idempotency_key="k" * 256)


@pytest.mark.django_db
class TestWhen:
    def test_a_message_waits_for_its_time(
        self, linked_user: Any, delivered: list[Delivered], django_capture_on_commit_callbacks: Any
    ) -> None:
        later = timezone.now() + datetime.timedelta(hours=1)
        with django_capture_on_commit_callbacks(execute=True):
            row = outbox.send(linked_user, Text("a"), send_at=later)
        row.refresh_from_db()
        assert (row.status, row.send_at) == (OutboxMessage.Status.QUEUED, later)
        assert not delivered

    def test_a_message_that_is_too_late_expires(
        self, linked_user: Any, delivered: list[Delivered], django_capture_on_commit_callbacks: Any
    ) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            row = outbox.send(linked_user, Text("a"), expires_at=timezone.now())
        row.refresh_from_db()
        assert row.status == OutboxMessage.Status.EXPIRED
        assert row.settled_at
        assert not delivered

    def test_a_naive_time_is_the_sites_own_whatever_zone_is_active(self, linked_user: Any) -> None:
        naive = datetime.datetime(2030, 1, 1, 12)  # noqa: DTZ001
        with timezone.override("Asia/Tokyo"):
            row = outbox.send(linked_user, Text("a"), send_at=naive)
        assert row.send_at == timezone.make_aware(naive, timezone.get_default_timezone())


@pytest.mark.django_db
def test_tag_delay_and_recipient_are_checked_before_anything_is_queued(linked_user: Any) -> None:
    with pytest.raises(InvalidMessage) as caught:
        outbox.send(linked_user, Text("a"), tag="NO_SUCH_TAG", delay=11)
    assert {problem.path for problem in caught.value.problems} == {"tag", "delay"}
    with pytest.raises(InvalidMessage, match=r"recipient\.phone: must be at most 255"):
        outbox.send(Recipient(phone="1" * 256), Text("a"))
    with pytest.raises(InvalidMessage, match="group: must be at most 100"):
        outbox.send(linked_user, Text("a"), group="g" * 101)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_further_tags_are_allowed_by_the_settings(linked_user: Any, settings: Any) -> None:
    bot = {**settings.JOINCHAT["default"], "OPTIONS": {"extra_tags": ["HUMAN_AGENT"]}}
    settings.JOINCHAT = {"default": bot}
    assert outbox.send(linked_user, Text("a"), tag="HUMAN_AGENT").tag == "HUMAN_AGENT"


@pytest.mark.django_db
def test_the_row_holds_exactly_the_message(linked_user: Any) -> None:
    row = outbox.send(linked_user, Text("你好 💶"))
    row.refresh_from_db()
    assert row.content == '{"template_type":"text","text":"你好 💶"}'
    assert row.message == Text("你好 💶")


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_has_its_own_send(linked_user: Any) -> None:
    async def view() -> OutboxMessage:
        row = await outbox.asend(linked_user, Text("Hello"))
        await sync_to_async(connections.close_all)()  # that thread's own
        return row

    row = asyncio.run(view())
    assert row.status == OutboxMessage.Status.SENT


@pytest.mark.django_db
def test_a_send_costs_two_queries_in_a_transaction(
    linked_user: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):  # the link, the row
        outbox.send(linked_user, Text("Hello"))
