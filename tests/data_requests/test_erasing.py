"""An erasure leaves nothing of somebody, touches nobody else's data, and can be run again."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.utils import timezone

from joinchat_django import broadcasts, data_requests, linking, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.data_requests import Erasure, erase, export
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import (
    BotState,
    Broadcast,
    DeliveryAttempt,
    MessengerLink,
    OutboxMessage,
)
from joinchat_django.signals import user_unlinked
from tests.receiving import receiving

from .rows import Status, attempt, left, put

pytestmark = pytest.mark.django_db

ENDED = [status for status in Status if status not in (Status.QUEUED, Status.SENDING)]


def test_a_link_of_somebody_to_whom_nothing_was_sent(lin: Any) -> None:
    assert erase(lin) == Erasure(links=1)
    assert erase(lin) == Erasure()
    assert erase(lin).is_complete
    assert get_user_model().objects.filter(pk=lin.pk).exists()


@pytest.mark.parametrize("status", ENDED)
def test_what_has_come_to_an_end_goes_with_its_attempts(lin: Any, mei: Any, status: str) -> None:
    attempt(put(lin, status=status), answer="to lin")
    other = put(mei, status=status)
    attempt(other, answer="to mei")
    assert erase(lin) == Erasure(links=1, messages=1)
    assert left() == [other]
    assert [one.answer for one in DeliveryAttempt.objects.all()] == ["to mei"]
    assert [link.user for link in MessengerLink.objects.all()] == [mei]


def test_what_waits_is_not_sent(lin: Any, mei: Any, delivered: list[Delivered]) -> None:
    put(lin, "Hello Lin", status=Status.QUEUED)
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    put(lin, "Hello again", status=Status.QUEUED, send_at=tomorrow)
    put(mei, "Hello Mei", status=Status.QUEUED)
    assert erase(lin) == Erasure(links=1, messages=2)
    assert deliver_due() == {Status.SENT: 1}
    assert [one.envelope.message for one in delivered] == [Text("Hello Mei")]
    with pytest.raises(outbox.NotLinked):
        outbox.send(lin, Text("Hello"))


def test_an_idempotency_key_is_forgotten_with_its_message(lin: Any) -> None:
    put(lin, idempotency_key="receipt-17")
    erase(lin)
    linking.link(lin, "phone")
    again = outbox.send(lin, Text("Hello"), idempotency_key="receipt-17")
    assert again.status == Status.QUEUED


def test_what_two_users_share_is_told_apart(lin: Any, mei: Any) -> None:
    linking.link(mei, "phone")
    put(lin)
    kept = [put(mei), put(Recipient(uuid="phone"))]
    assert erase(lin) == Erasure(links=1, messages=1)
    assert left() == kept
    assert outbox.recipient_of(mei) == Recipient(uuid="phone")


def test_who_claims_a_uuid_erases_nothing_that_was_sent_to_it(lin: Any, mei: Any) -> None:
    kept = [put(Recipient(uuid="of-mei")), put(mei)]
    mei.delete()
    linking.link(lin, "of-mei")
    assert erase(lin) == Erasure(links=2)
    assert left() == kept


def test_messages_to_their_addresses_go_if_they_are_named(lin: Any, mei: Any) -> None:
    put(Recipient(uuid="phone"))
    mail = Recipient(email="lin@example.com")
    put(mail)
    kept = [put(Recipient(email="mei@example.com")), put(mei)]
    OutboxMessage.objects.filter(pk=kept[1]).update(
        recipient_kind="email", recipient_value=mail.value
    )
    assert erase(lin, recipients=[Recipient(uuid="phone")]) == Erasure(links=1, messages=1)
    assert erase(None, recipients=[mail]) == Erasure(messages=1)
    assert left() == kept


def test_what_waited_behind_their_failing_message_goes_at_once(mei: Any) -> None:
    mail = Recipient(email="shared@example.com")
    first = put(mail, status=Status.QUEUED)
    behind = put(mail, status=Status.QUEUED)
    later = timezone.now() + datetime.timedelta(hours=1)
    OutboxMessage.objects.update(send_at=later)
    OutboxMessage.objects.filter(pk=first).update(attempts=3)
    OutboxMessage.objects.filter(pk=behind).update(user=mei)
    assert erase(None, recipients=[mail]) == Erasure(messages=1)
    assert deliver_due() == {Status.SENT: 1}


def test_what_they_asked_for_as_staff_stays_without_their_name(lin: Any, mei: Any) -> None:
    kept = put(mei, requested_by=lin)
    broadcast = broadcasts.draft(get_user_model().objects.filter(pk=mei.pk), requested_by=lin)
    assert erase(lin) == Erasure(links=1, requested=2)
    assert left() == [kept]
    assert OutboxMessage.objects.get().requested_by is None
    assert Broadcast.objects.get(pk=broadcast.pk).requested_by is None


def test_each_active_link_is_announced_as_unlinked(
    lin: Any, django_capture_on_commit_callbacks: Any
) -> None:
    linking.link(lin, "laptop")
    linking.unlink(lin, uuid="phone")
    told: list[str] = []

    def listen(link: MessengerLink, **kwargs: Any) -> None:
        told.append(link.uuid)

    with (
        receiving(user_unlinked, listen),
        django_capture_on_commit_callbacks(execute=True),
    ):
        assert erase(lin).links == 2
    assert told == ["laptop"]


def test_a_bot_that_has_gone_is_no_hindrance(lin: Any, second_bot: None, settings: Any) -> None:
    linking.link(lin, "phone", bot="second")
    put(lin, bot="second", status=Status.QUEUED)
    settings.JOINCHAT = {"default": settings.JOINCHAT["default"]}
    assert erase(lin) == Erasure(links=2, messages=1)


class TestAMessageThatIsBeingSent:
    def test_stays_without_content_and_is_named(self, lin: Any) -> None:
        sending, _sent = put(lin, "secret", status=Status.SENDING), put(lin)
        erased = erase(lin)
        assert erased == Erasure(links=1, messages=1, being_sent=(sending,))
        assert not erased.is_complete
        row = OutboxMessage.objects.get()
        assert (row.status, row.content) == (Status.SENDING, "")
        assert erase(lin) == Erasure(being_sent=(sending,))

    def test_goes_at_the_next_run_when_it_has_been_sent(self, lin: Any) -> None:
        put(lin, status=Status.SENDING)
        erase(lin)
        OutboxMessage.objects.update(status=Status.SENT, claim_token="", lease_until=None)
        assert erase(lin) == Erasure(messages=1)

    def test_is_never_tried_again(self, lin: Any, delivered: list[Delivered]) -> None:
        phone = Recipient(uuid="phone")
        for to in (lin, phone):
            put(to, status=Status.SENDING)
        erase(lin, recipients=[phone])
        # Its worker gives it back, as one does that is stopped.
        OutboxMessage.objects.update(status=Status.QUEUED, claim_token="", lease_until=None)
        assert deliver_due() == {Status.EXPIRED: 2}
        assert delivered == []
        assert outbox.retry(OutboxMessage.objects.all()) == 0

    def test_goes_at_once_if_its_worker_has_died(self, lin: Any) -> None:
        put(lin, status=Status.SENDING)
        OutboxMessage.objects.update(lease_until=timezone.now() - datetime.timedelta(seconds=1))
        assert erase(lin) == Erasure(links=1, messages=1)


def test_a_dry_run_tells_what_would_go_and_changes_nothing(lin: Any, mei: Any) -> None:
    broadcast = broadcasts.draft(get_user_model().objects.all(), requested_by=lin)
    put(mei, requested_by=lin)
    for status in (Status.SENT, Status.QUEUED):
        put(lin, status=status)
    before = {**export(lin), "exported_at": ""}
    outlook = erase(lin, dry_run=True)
    assert outlook == Erasure(links=1, messages=2, broadcasts=1, requested=2)
    assert {**export(lin), "exported_at": ""} == before
    assert erase(lin) == outlook
    sending = put(linking.link(lin, "phone"), status=Status.SENDING)
    assert erase(lin, dry_run=True) == Erasure(links=1, being_sent=(sending,))
    assert Broadcast.objects.get(pk=broadcast.pk).selected == 1


def test_an_end_half_way_loses_nothing(lin: Any) -> None:
    for _ in range(8):
        put(lin)

    def interrupt(messages: int) -> None:
        if messages >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        erase(lin, chunk=2, progress=interrupt)
    told: list[int] = []
    assert erase(lin, chunk=2, progress=told.append) == Erasure(links=1, messages=4)
    assert told == sorted(told)
    assert left() == []


@pytest.mark.django_db(transaction=True)
def test_an_erasure_may_be_part_of_a_transaction(lin: Any) -> None:
    kept = put(lin)
    with transaction.atomic():
        assert erase(lin) == Erasure(links=1, messages=1)
        transaction.set_rollback(True)
    assert left() == [kept]
    assert outbox.recipient_of(lin)
    with transaction.atomic():
        erase(lin)
        lin.delete()
    assert left() == []


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_erases_too(lin: Any) -> None:
    put(lin)
    assert async_to_sync(data_requests.aerase)(lin, dry_run=True) == Erasure(links=1, messages=1)
    assert async_to_sync(data_requests.aerase)(lin) == Erasure(links=1, messages=1)


def test_a_user_who_is_deleted_first_leaves_messages_behind(lin: Any) -> None:
    """Which is why they are to be erased first; their addresses still find the messages."""
    behind = put(lin)
    lin.delete()
    assert left() == [behind]
    assert erase(None, recipients=[Recipient(uuid="phone")]) == Erasure(messages=1)


def test_the_log_names_nobody(lin: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "joinchat_django")
    mail = Recipient(email="phone@example.com")
    for status in (Status.SENT, Status.QUEUED, Status.SENDING):
        put(lin, status=status)
        put(mail, status=status)
    erase(lin, recipients=[mail])
    assert "erased links=1 messages=4 being_sent=2" in caplog.text
    assert not any(word in caplog.text for word in ("phone", "Hello", str(lin.pk)))


@pytest.mark.parametrize("chunk", [0, -1])
def test_a_chunk_holds_something(lin: Any, chunk: int) -> None:
    kept = put(lin)
    with pytest.raises(ValueError, match="at least 1"):
        erase(lin, chunk=chunk)
    assert left() == [kept]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="Makes a trigger in SQLite's words.")
def test_no_success_is_claimed_if_the_database_keeps_what_was_deleted(lin: Any) -> None:
    kept = put(lin)
    table = OutboxMessage._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TRIGGER kept BEFORE DELETE ON {table} BEGIN SELECT RAISE(IGNORE); END"
        )
    with pytest.raises(RuntimeError, match="database keeps"):
        erase(lin)
    assert left() == [kept]


class TestRejectionsInARow:
    def remembered(self, words: str, *keys: int, is_paused: bool = False) -> None:
        rows = OutboxMessage.objects.filter(pk__in=keys).order_by("pk")
        series = [list(row) for row in rows.values_list("pk", "recipient_digest")]
        BotState.objects.create(
            bot="default", last_rejection=words, rejected_rows=series, is_paused=is_paused
        )

    def test_forget_them(self, lin: Any, mei: Any) -> None:
        other = put(mei, status=Status.FAILED)
        self.remembered("No such page.", put(lin, status=Status.FAILED), other)
        erase(lin)
        state = BotState.objects.get()
        assert [pk for pk, _digest in state.rejected_rows] == [other]
        assert state.last_rejection == "No such page."

    def test_forget_what_was_said_of_them_alone(self, lin: Any) -> None:
        self.remembered("Lin has blocked the page.", put(lin, status=Status.FAILED))
        erase(lin)
        state = BotState.objects.get()
        assert (state.rejected_rows, state.last_rejection) == ([], "")

    def test_keep_the_words_for_which_a_bot_is_paused(self, lin: Any) -> None:
        self.remembered("No page.", put(lin, status=Status.FAILED), is_paused=True)
        erase(lin)
        assert BotState.objects.get().last_rejection == "No page."
