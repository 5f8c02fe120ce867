from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as site
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models.signals import ModelSignal, post_save, pre_save
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import (
    InvalidMessage,
    ReceiptElement,
    ReceiptTemplate,
    Recipient,
    Summary,
    Text,
)
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import OutboxMessage
from joinchat_django.outbox import recipients
from tests.receiving import receiving


@pytest.mark.django_db
def test_the_row_holds_exactly_the_message(linked_user: Any) -> None:
    row = outbox.send(linked_user, Text("你好 💶"))
    row.refresh_from_db()
    assert row.content == '{"template_type":"text","text":"你好 💶"}'
    assert row.message == Text("你好 💶")


@pytest.mark.django_db
def test_a_message_of_600_kilobytes_is_kept_to_the_character(linked_user: Any) -> None:
    elements = [
        ReceiptElement(title=f"{n}", subtitle='小琳 & "Jerry" 💶 ' * 300, price=n)
        for n in range(100)
    ]
    message = ReceiptTemplate(
        recipient_name="Tom",
        order_number="A-17",
        currency="EUR",
        payment_method="Card",
        summary=Summary(total_cost=1),
        elements=elements,
    )
    row = outbox.send(linked_user, message)
    written = row.content
    row.refresh_from_db()
    assert len(written.encode()) > 600_000
    assert row.content == written
    assert row.message == message


@pytest.mark.django_db
def test_a_text_that_no_database_stores_is_refused_before_it_gets_there(linked_user: Any) -> None:
    with pytest.raises(InvalidMessage, match="group: must be text without NUL"):
        outbox.send(linked_user, Text("a"), group="a\0")
    with pytest.raises(InvalidMessage, match="idempotency_key: must be text without NUL"):
        outbox.send(linked_user, Text("a"), idempotency_key="a\0")
    with pytest.raises(InvalidMessage, match="email: must be text without NUL"):
        outbox.send(Recipient(email="a\0"), Text("a"))
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
class TestIdempotency:
    def test_the_same_key_again_returns_the_first_row(self, linked_user: Any) -> None:
        first = outbox.send(linked_user, Text("a"), idempotency_key="k")
        assert outbox.send(linked_user, Text("b"), idempotency_key="k").pk == first.pk

    def test_keys_that_differ_only_in_case_stay_apart(self, linked_user: Any) -> None:
        first = outbox.send(linked_user, Text("a"), idempotency_key="k")
        assert outbox.send(linked_user, Text("a"), idempotency_key="K").pk != first.pk

    def test_each_bot_has_its_own_keys(self, second_bot: None) -> None:
        to = Recipient(id="1")
        first = outbox.send(to, Text("a"), idempotency_key="k")
        assert outbox.send(to, Text("a"), idempotency_key="k", bot="second").pk != first.pk

    def test_a_used_key_of_somebody_who_is_no_longer_linked_is_still_an_error(
        self, linked_user: Any
    ) -> None:
        outbox.send(linked_user, Text("a"), idempotency_key="k")
        linked_user.messenger_links.update(is_active=False)
        with pytest.raises(outbox.NotLinked):
            outbox.send(linked_user, Text("a"), idempotency_key="k")

    def test_a_key_is_looked_for_with_the_link(
        self, linked_user: Any, django_assert_num_queries: Any
    ) -> None:
        # In a transaction, a savepoint's two statements come on top of an insert.
        with django_assert_num_queries(2 + 2):
            first = outbox.send(linked_user, Text("a"), idempotency_key="k")
        with django_assert_num_queries(2):
            assert outbox.send(linked_user, Text("a"), idempotency_key="k") == first

    def test_a_key_is_looked_for_by_itself_where_no_link_is(
        self, linked_user: Any, django_assert_num_queries: Any
    ) -> None:
        for to in (Recipient(uuid="1"), linked_user.messenger_links.get()):
            with django_assert_num_queries(2 + 2):
                first = outbox.send(to, Text("a"), idempotency_key=f"to {to}")
            with django_assert_num_queries(1):
                assert outbox.send(to, Text("a"), idempotency_key=f"to {to}") == first

    def test_the_keys_of_a_list_are_looked_for_one_by_one(
        self, linked_user: Any, django_assert_num_queries: Any
    ) -> None:
        outbox.send(linked_user, [Text("a"), Text("b")], idempotency_key="k")
        with django_assert_num_queries(1 + 2):
            outbox.send(linked_user, [Text("a"), Text("b")], idempotency_key="k")

    @pytest.mark.parametrize("key", [7, "", "\ud800"])
    def test_a_key_that_is_none_is_refused(self, key: Any, linked_user: Any) -> None:
        with pytest.raises(InvalidMessage, match="idempotency_key: must "):
            outbox.send(linked_user, Text("a"), idempotency_key=key)

    def test_a_key_may_have_255_characters_and_no_more(self, linked_user: Any) -> None:
        outbox.send(linked_user, Text("a"), idempotency_key="k" * 255)
        with pytest.raises(InvalidMessage, match="idempotency_key: must be at most 255 characters"):
            outbox.send(linked_user, Text("a"), idempotency_key="k" * 256)


@pytest.mark.parametrize(
    "in_transaction",
    [
        pytest.param(True, marks=pytest.mark.django_db),
        pytest.param(False, marks=pytest.mark.django_db(transaction=True)),
    ],
)
def test_a_key_that_is_used_after_the_look_for_it_returns_the_first_row(
    in_transaction: bool, linked_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = outbox.send(linked_user, Text("a"), idempotency_key="k")
    monkeypatch.setattr(recipients, "with_key", lambda bot, key: OutboxMessage.objects.none())
    assert connection.in_atomic_block is in_transaction
    assert outbox.send(linked_user, Text("b"), idempotency_key="k") == first
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db
def test_links_that_are_in_another_database_tell_nothing_of_keys(
    linked_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert recipients.resolve(linked_user, "default", "k").key_is_new
    elsewhere = {OutboxMessage: "another"}
    routing = SimpleNamespace(db_for_write=lambda model: elsewhere.get(model, "default"))
    monkeypatch.setattr(recipients, "router", routing)
    assert not recipients.resolve(linked_user, "default", "k").key_is_new


@pytest.mark.parametrize("key", [None, "k"])
@pytest.mark.parametrize("signal", [pre_save, post_save])
@pytest.mark.django_db(transaction=True)
def test_what_the_site_does_when_a_row_is_saved_belongs_to_it(
    signal: ModelSignal, key: str | None, linked_user: Any
) -> None:
    def noting(sender: Any, **kwargs: Any) -> None:
        get_user_model().objects.create(username="noted")
        raise ZeroDivisionError

    with receiving(signal, noting, sender=OutboxMessage), pytest.raises(ZeroDivisionError):
        outbox.send(linked_user, Text("a"), idempotency_key=key)
    assert not OutboxMessage.objects.exists()
    assert not get_user_model().objects.filter(username="noted").exists()


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

    @pytest.mark.skipif(not site.USE_TZ, reason="Times have no zone in a classic site.")
    def test_a_naive_time_is_the_sites_own_whatever_zone_is_active(self, linked_user: Any) -> None:
        naive = datetime.datetime(2030, 1, 1, 12)  # noqa: DTZ001
        with timezone.override("Asia/Tokyo"):
            row = outbox.send(linked_user, Text("a"), send_at=naive)
        assert row.send_at == timezone.make_aware(naive, timezone.get_default_timezone())
