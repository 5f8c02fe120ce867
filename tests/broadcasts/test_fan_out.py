"""A running broadcast goes through the outbox a chunk at a time, to everybody once."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection

from joinchat_django import broadcasts, outbox
from joinchat_django.api import Envelope, Text
from joinchat_django.backends.locmem import Delivered, LocMemBackend
from joinchat_django.broadcasts import drafting, fan_out
from joinchat_django.delivery import sources
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from tests.delivery.calls import before_each_call
from tests.outbox.people import linked_people, people, reached, texts, uuids

from .steps import (
    HELLO,
    SPRING,
    RowStatus,
    Status,
    User,
    counts,
    drafted,
    fed,
    fresh,
    link,
    started,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_chunks")]


class TestASweep:
    def test_sends_a_broadcast_from_the_first_to_the_last(
        self, delivered: list[Delivered], user: Any
    ) -> None:
        crowd = linked_people(23)
        broadcast = drafted(User.objects.filter(username__startswith="p"), tag="ACCOUNT_UPDATE")
        broadcasts.start(broadcast, by=user)
        assert deliver_due() == {RowStatus.SENT: 23}
        assert sorted(one.envelope.recipient.value for one in delivered) == uuids(crowd)
        assert texts() == sorted(f"Hello {one.username}" for one in crowd)
        row = fresh(broadcast)
        assert row.status == Status.FINISHED
        assert row.finished_at
        assert (row.queued, row.chunks_queued) == (23, 5)
        one = OutboxMessage.objects.latest("pk")
        assert (one.group, one.requested_by, one.tag) == (row.group, user, "ACCOUNT_UPDATE")

    @pytest.mark.thorough
    def test_sends_two_thousand(self, delivered: list[Delivered], monkeypatch: Any) -> None:
        monkeypatch.setattr(drafting, "CHUNK", 500)
        monkeypatch.setattr(fan_out, "CHUNK", 500)
        monkeypatch.setattr(fan_out, "WINDOW", 1000)
        crowd = linked_people(2_000)
        broadcast = started(body=SPRING)
        assert deliver_due() == {RowStatus.SENT: 2_000}
        assert sorted(one.envelope.recipient.value for one in delivered) == uuids(crowd)
        assert fresh(broadcast).status == Status.FINISHED

    def test_with_little_time_leaves_the_rest_to_the_next(self) -> None:
        linked_people(12)
        broadcast = started()
        assert deliver_due(seconds=0.5) == {}
        assert fresh(broadcast).chunks_queued == 0
        assert deliver_due(seconds=20) == {RowStatus.SENT: 12}
        assert fresh(broadcast).status == Status.FINISHED

    def test_leaves_the_broadcasts_of_other_bots_to_others(self, settings: Any) -> None:
        bot = settings.JOINCHAT["default"]
        settings.JOINCHAT = {"default": bot, "support": bot}
        [one] = linked_people(1)
        link(one, "support", bot="support")
        broadcast = started(bot="support")
        assert deliver_due(bots=["default"]) == {}
        assert fresh(broadcast).chunks_queued == 0
        assert deliver_due(bots=["support"]) == {RowStatus.SENT: 1}

    def test_ends_a_broadcast_to_nobody(self) -> None:
        broadcast = started(User.objects.none())
        deliver_due()
        assert fresh(broadcast).status == Status.FINISHED

    def test_asks_one_question_where_no_broadcast_runs(self, monkeypatch: Any) -> None:
        started_long_ago = started(User.objects.none())
        deliver_due()
        assert fresh(started_long_ago).status == Status.FINISHED
        asked: list[int] = []
        ask = sources.ask

        def counted(*args: Any) -> bool:
            before = len(connection.queries_log)
            try:
                return ask(*args)
            finally:
                asked.append(len(connection.queries_log) - before)

        monkeypatch.setattr(sources, "ask", counted)
        connection.force_debug_cursor = True
        try:
            deliver_due()
        finally:
            connection.force_debug_cursor = False
        assert asked == [1]


class TestTheWindow:
    def test_keeps_what_is_on_its_way_small(self) -> None:
        linked_people(23)
        broadcast = started()
        assert fed(2)
        assert not fed()
        assert fresh(broadcast).chunks_queued == 2
        assert OutboxMessage.objects.count() == 10

    def test_that_somebody_else_has_filled_meanwhile_stays_as_small(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        linked_people(23)
        broadcast = started()
        fed()
        step = fan_out._step
        monkeypatch.setattr(fan_out, "_step", lambda pk: step(pk) and step(pk))
        assert not fed()
        assert fresh(broadcast).chunks_queued == 2

    def test_is_filled_as_messages_are_sent(
        self, delivered: list[Delivered], monkeypatch: Any
    ) -> None:
        linked_people(23)
        started()
        waiting: list[int] = []

        def look(envelope: Envelope) -> None:
            waiting.append(OutboxMessage.objects.exclude(status=RowStatus.SENT).count())

        before_each_call(monkeypatch, LocMemBackend, look)
        deliver_due(seconds=50)
        assert len(delivered) == 23
        assert max(waiting) <= 10

    def test_lets_what_is_queued_meanwhile_overtake(
        self, delivered: list[Delivered], user: Any
    ) -> None:
        linked_people(40)
        link(user, "tom")
        started(User.objects.exclude(pk=user.pk))
        fed(2)
        outbox.send(user, Text("Your receipt"))
        deliver_due(seconds=50)
        place = [one.envelope.recipient.value for one in delivered].index("tom")
        assert len(delivered) == 41
        assert place == 10


class TestWhoWasSelected:
    def test_is_as_it_was_when_the_draft_was_made(self) -> None:
        kept, unlinked, deleted, late = crowd = linked_people(4)
        MessengerLink.objects.filter(user=late).delete()
        broadcast = drafted()
        linked_people(3, name="new")
        unlinked.messenger_links.update(is_active=False)
        deleted.delete()
        link(crowd[3], "linked in time")
        broadcasts.start(broadcast, by=None)
        deliver_due()
        assert reached() == sorted([f"of-{kept.username}", "linked in time"])
        assert counts(broadcast) == {"queued": 2, "not_linked": 2}

    def test_may_be_links_which_are_reached_themselves(self) -> None:
        [tom, tim] = people(2)
        for uuid in ("old", "newer", "new", "unselected"):
            link(tom, uuid)
        link(tim, "new")  # two accounts of one person
        link(tim, "off", is_active=False)
        broadcast = started(MessengerLink.objects.exclude(uuid="unselected"), body=SPRING)
        deliver_due()
        assert reached() == ["new", "newer", "old"]
        assert counts(broadcast) == {"queued": 3, "repeated": 1, "not_linked": 1}

    def test_gets_a_message_for_each_row_that_says_something_else(self) -> None:
        broadcasts.register(LogEntry, context=lambda entry: {"number": entry.object_repr})
        tom, tim, unlinked = people(3)
        link(tom)
        link(tim)
        entries = [(tom, "A-1"), (tom, "A-2"), (tim, "A-1"), (tom, "A-1"), (unlinked, "A-1")]
        for user, number in entries:
            LogEntry.objects.create(user=user, object_repr=number, action_flag=1)
        # They are in several chunks.
        LogEntry.objects.create(user=tim, object_repr="A-1", action_flag=1)
        body = {"template_type": "text", "text": "{{ user.username }}: {{ number }}"}
        broadcast = started(LogEntry.objects.all(), body=body)
        deliver_due()
        assert texts() == ["p0: A-1", "p0: A-2", "p1: A-1"]
        assert counts(broadcast) == {"queued": 3, "repeated": 2, "not_linked": 1}

    def test_may_name_no_user(self) -> None:
        broadcasts.register(OutboxMessage)
        for user in (None, *linked_people(1)):
            OutboxMessage.objects.create(
                recipient_kind="uuid", recipient_value="x", content="", user=user, status="sent"
            )
        broadcast = started(OutboxMessage.objects.all())
        deliver_due()
        assert counts(broadcast) == {"queued": 1, "not_linked": 1}


class TestTheMessage:
    def test_stays_what_it_was_whatever_becomes_of_the_template(self) -> None:
        linked_people(7)
        template = MessageTemplate.objects.create(slug="spring", name="Spring", body=HELLO)
        broadcast = started(template=template)
        fed()
        template.body = SPRING
        template.save()
        deliver_due()
        assert texts() == sorted(f"Hello p{n}" for n in range(7))
        assert set(OutboxMessage.objects.values_list("template", flat=True)) == {template.pk}
        template.delete()
        assert fresh(broadcast).template is None

    def test_that_is_faulty_for_some_stops_nobody_else(self) -> None:
        def context(entry: LogEntry) -> dict[str, Any]:
            if entry.object_repr == "broken":
                raise ValueError("No such order.")
            return {"number": entry.object_repr} if entry.object_repr else {}

        broadcasts.register(LogEntry, context=context)
        crowd = linked_people(3)
        for one, number in zip(crowd, ["A-1", "broken", ""], strict=True):
            LogEntry.objects.create(user=one, object_repr=number, action_flag=1)
        body = {"template_type": "text", "text": "{{ number }}"}
        broadcast = started(LogEntry.objects.order_by("pk"), body=body)
        deliver_due()
        assert texts() == ["A-1"]
        assert counts(broadcast) == {"queued": 1, "failed": 2}
        broken, missing = LogEntry.objects.exclude(object_repr="A-1").order_by("pk")
        row = fresh(broadcast)
        [[first, said], [second, names]] = row.errors
        assert (first, second) == (broken.pk, missing.pk)
        assert "No such order." in said
        assert "number" in names
        assert row.status == Status.FINISHED

    def test_keeps_the_first_ten_errors(self) -> None:
        linked_people(13)
        body = {"template_type": "text", "text": "{{ number }}"}
        broadcast = started(body=body)
        deliver_due()
        assert counts(broadcast) == {"failed": 13}
        assert len(fresh(broadcast).errors) == 10

    def test_may_be_spoilt_for_one_by_a_query_of_the_sites(self) -> None:
        def context(entry: LogEntry) -> dict[str, Any]:
            if entry.object_repr == "broken":
                LogEntry.objects.create(user=None, action_flag=1)
            return {}

        broadcasts.register(LogEntry, context=context)
        for one, number in zip(linked_people(2), ["A-1", "broken"], strict=True):
            LogEntry.objects.create(user=one, object_repr=number, action_flag=1)
        broadcast = started(LogEntry.objects.all())
        deliver_due()
        assert counts(broadcast) == {"queued": 1, "failed": 1}
