"""A user takes the consent back: the link is off, and what was queued over it is cancelled."""

from __future__ import annotations

import asyncio
import functools
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, connections, transaction

from joinchat_django import broadcasts, linking, outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.conf import UnknownBot
from joinchat_django.delivery.claims import claim, give_back
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.linking import link, unlink
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.signals import user_unlinked
from tests.broadcasts.steps import fed, started
from tests.receiving import failing, receiving
from tests.side_by_side import together

from .looking import queued, reasons, uuids_of

Status = OutboxMessage.Status
HELLO = Text("Hello")

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]


def test_all_links_to_the_bot_are_off_and_their_rows_stay(user: Any, second_bot: None) -> None:
    for uuid, bot in (("phone", "default"), ("laptop", "default"), ("phone", "second")):
        link(user, uuid, bot)
    assert unlink(user) == 2
    assert (uuids_of(user), uuids_of(user, "second")) == ([], ["phone"])
    assert MessengerLink.objects.filter(user=user).count() == 3
    with pytest.raises(outbox.NotLinked):
        outbox.send(user, HELLO)
    assert unlink(user) == 0


def test_nothing_goes_out_to_them_any_more(user: Any, delivered: list[Delivered]) -> None:
    link(user, "abc")
    outbox.send(user, HELLO)
    unlink(user)
    deliver_due()
    assert delivered == []


def test_one_link_is_off_and_messages_go_to_the_one_before(user: Any) -> None:
    link(user, "phone")
    link(user, "laptop")
    assert unlink(user, uuid="Laptop") == 0
    assert unlink(user, uuid="laptop") == 1
    assert outbox.send(user, HELLO).recipient == Recipient(uuid="phone")


def test_linking_again_makes_the_link_active(user: Any) -> None:
    first = link(user, "abc")
    unlink(user)
    assert link(user, "abc").pk == first.pk
    assert uuids_of(user) == ["abc"]


def test_a_bot_that_nobody_knows_is_a_mistake(user: Any) -> None:
    with pytest.raises(UnknownBot):
        unlink(user, "nobody")


class TestWhatIsQueued:
    def test_over_the_link_is_cancelled_and_says_why(self, user: Any, second_bot: None) -> None:
        link(user, "abc")
        link(user, "abc", "second")
        outbox.send(user, [HELLO, HELLO])
        outbox.send(user, HELLO, bot="second")
        unlink(user)
        assert queued() == ["abc"]
        assert reasons() == {"Not sent: the user's link to this uuid was switched off before."}
        assert OutboxMessage.objects.filter(settled_at__isnull=False).count() == 2

    def test_over_their_other_link_stays(self, user: Any) -> None:
        link(user, "phone")
        outbox.send(user, HELLO)
        link(user, "laptop")
        outbox.send(user, HELLO)
        unlink(user, uuid="phone")
        assert queued() == ["laptop"]

    def test_for_another_user_of_the_uuid_and_for_the_uuid_itself_stays(
        self, user: Any, other: Any
    ) -> None:
        link(user, "abc")
        link(other, "abc")
        for to in (user, other, Recipient(uuid="abc")):
            outbox.send(to, HELLO)
        unlink(user)
        waiting = OutboxMessage.objects.filter(status=Status.QUEUED).order_by("pk")
        assert [row.user for row in waiting] == [other, None]

    def test_is_told_from_what_differs_in_case(self, user: Any) -> None:
        link(user, "abc")
        outbox.send(user, HELLO)
        link(user, "ABC")
        outbox.send(user, HELLO)
        unlink(user, uuid="ABC")
        assert queued() == ["abc"]

    def test_counts_what_a_broadcast_has_queued_and_what_it_will(
        self, user: Any, other: Any
    ) -> None:
        link(user, "abc")
        link(other, "xyz")
        broadcast = started()
        fed()
        assert queued() == ["abc", "xyz"]
        unlink(user)
        assert queued() == ["xyz"]
        unlink(other)
        later = started()
        fed()
        later.refresh_from_db()
        assert (later.queued, later.not_linked) == (0, 2)
        broadcast.refresh_from_db()
        assert broadcast.queued == 2

    def test_and_being_sent_is_not_interrupted_and_expires_if_it_comes_back(
        self, user: Any
    ) -> None:
        link(user, "abc")
        row = outbox.send(user, HELLO)
        claimed = claim("default", limit=1, lease=60)
        unlink(user)
        row.refresh_from_db()
        assert row.status == Status.SENDING
        give_back(claimed)
        assert deliver_due() == {Status.EXPIRED: 1}

    def test_stays_if_it_is_rolled_back(self, user: Any, told: list[str]) -> None:
        link(user, "abc")
        outbox.send(user, HELLO)
        with transaction.atomic():
            assert unlink(user) == 1
            transaction.set_rollback(True)
        assert (queued(), uuids_of(user), told) == (["abc"], ["abc"], [])


class TestWhatIsTriedAgain:
    @pytest.mark.parametrize("status", [Status.FAILED, Status.EXPIRED, Status.CANCELLED])
    def test_goes_to_nobody_who_has_unlinked_since(self, user: Any, status: str) -> None:
        link(user, "abc")
        outbox.send(user, HELLO, group="spring")
        OutboxMessage.objects.update(status=status)
        unlink(user)
        assert outbox.retry(group="spring") == 0
        assert OutboxMessage.objects.get().status == Status.CANCELLED
        link(user, "abc")
        assert outbox.retry(group="spring") == 1

    def test_may_have_arrived_and_stays_for_a_person_to_decide(self, user: Any) -> None:
        link(user, "abc")
        row = outbox.send(user, HELLO)
        OutboxMessage.objects.update(status=Status.UNCERTAIN)
        unlink(user)
        assert outbox.retry(row) == 0
        assert outbox.mark_done(row) == 1

    def test_goes_to_the_others_all_the_same(self, user: Any, other: Any) -> None:
        link(user, "abc")
        link(other, "abc")
        for to in (user, other, Recipient(uuid="abc")):
            outbox.send(to, HELLO, group="spring")
        OutboxMessage.objects.update(status=Status.FAILED)
        unlink(user)
        assert outbox.retry(group="spring") == 2
        [error] = reasons()
        assert error.startswith("Not sent again: the user is no longer linked")

    def test_and_is_a_broadcasts_comes_to_an_end(self, user: Any, other: Any) -> None:
        link(user, "abc")
        link(other, "xyz")
        broadcast = started()
        fed()
        OutboxMessage.objects.update(status=Status.FAILED)
        fed(2)
        broadcasts.retry_failed(broadcast)
        unlink(user)
        fed(3)
        assert queued() == ["xyz"]
        OutboxMessage.objects.filter(status=Status.QUEUED).update(status=Status.SENT)
        fed()
        broadcast.refresh_from_db()
        assert broadcast.status == broadcast.Status.FINISHED


class TestUserUnlinked:
    @pytest.mark.django_db(transaction=True)
    def test_is_told_after_the_commit(self, user: Any, told: list[str]) -> None:
        link(user, "abc")
        with transaction.atomic():
            unlink(user)
            assert told == []
        assert told == ["abc"]

    def test_is_told_once_for_each_link(
        self, user: Any, told: list[str], django_capture_on_commit_callbacks: Any
    ) -> None:
        link(user, "phone")
        link(user, "laptop")
        with django_capture_on_commit_callbacks(execute=True):
            unlink(user, uuid="phone")
            unlink(user)
            unlink(user)
        assert told == ["phone", "laptop"]

    @pytest.mark.django_db(transaction=True)
    def test_shows_the_link_as_it_is_whatever_other_receivers_do(
        self, user: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        seen = []

        def hear(link: MessengerLink, **kwargs: Any) -> None:
            seen.append((link.user, link.uuid, link.is_active))

        with receiving(user_unlinked, failing), receiving(user_unlinked, hear):
            link(user, "abc")
            unlink(user)
        assert seen == [(user, "abc", False)]
        assert "a receiver's own fault" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_asynchronous_code_links_and_unlinks_too(user: Any) -> None:
    async def view() -> tuple[str, int, MessengerLink | None]:
        uuid = (await linking.alink(user, "abc")).uuid
        found = uuid, await linking.aunlink(user), await linking.acurrent_link(user)
        await sync_to_async(connections.close_all)()  # that thread's own
        return found

    assert asyncio.run(view()) == ("abc", 1, None)


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    @pytest.fixture(autouse=True)
    def _server(self) -> None:
        if connection.vendor == "sqlite":
            pytest.skip("A database in memory has one connection.")

    def test_two_clicks_are_one(self, user: Any, told: list[str]) -> None:
        for _round in range(5):
            link(user, "phone")
            link(user, "laptop")
            outbox.send(user, HELLO)
            told.clear()
            assert sum(together(*[functools.partial(unlink, user)] * 4)) == 2
            assert sorted(told) == ["laptop", "phone"]
            assert (queued(), uuids_of(user)) == ([], [])

    def test_linking_and_unlinking_leave_a_link_that_is_on_or_off(
        self, user: Any, told: list[str]
    ) -> None:
        for _round in range(10):
            link(user, "abc")
            told.clear()
            found = together(functools.partial(link, user, "abc"), functools.partial(unlink, user))
            assert not [error for error in found if isinstance(error, Exception)]
            # Whichever came last; the link was on before, and so was taken back once.
            assert told == ["abc"]
            assert MessengerLink.objects.count() == 1
            assert unlink(user) in (0, 1)
