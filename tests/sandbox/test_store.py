"""What a sandbox keeps of the requests that it got, and what its clock makes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from joinchat_django.sandbox import Inbox
from joinchat_django.sandbox.clock import SandboxClock

from .examples import FULL, request


def to(uuid: str) -> dict[str, Any]:
    return request(FULL["text"], recipient={"uuid": uuid})


class Watch(SandboxClock):
    """A clock on which time passes when the test says so, without being set."""

    passed = timedelta()

    def now(self) -> datetime:
        return super().now() + self.passed


def test_accepted_and_refused_are_kept_apart_and_in_order() -> None:
    inbox = Inbox()
    first = inbox.accept({"n": 1})
    inbox.refuse(401, ["no signature"], None)
    second = inbox.accept({"n": 2})
    assert inbox.messages() == [{"n": 1}, {"n": 2}]
    assert [entry.reasons for entry in inbox.refused()] == [("no signature",)]
    assert first.message_id != second.message_id
    assert [entry.number for entry in inbox.entries()[1]] == [1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [
        lambda inbox: inbox.accept({}),
        lambda inbox: inbox.refuse(400, [], None),
        lambda inbox: inbox.delete(1),
        lambda inbox: inbox.delete_conversation("uuid", "tom"),
        lambda inbox: inbox.delete_conversation("uuid", "only-active"),
        lambda inbox: inbox.touch("uuid", "tom"),
        lambda inbox: inbox.clock.move(1),
        lambda inbox: inbox.clock.reset(),
        lambda inbox: inbox.clear(),
    ],
)
def test_the_version_grows_with_each_change(change: Callable[[Inbox], object]) -> None:
    inbox = Inbox()
    inbox.accept(to("tom"))
    inbox.touch("uuid", "only-active")
    before = inbox.version
    change(inbox)
    assert inbox.version > before
    assert inbox.entries()[0] == inbox.version


def test_what_changes_nothing_leaves_the_version() -> None:
    inbox = Inbox()
    inbox.accept(to("tom"))
    before = inbox.version
    assert inbox.delete(99) is False
    assert inbox.delete_conversation("id", "tom") == 0
    with pytest.raises(ValueError, match="more than 0"):
        inbox.clock.move(0)
    assert inbox.version == before


def test_one_request_is_deleted_by_its_number() -> None:
    inbox = Inbox()
    for number in range(3):
        inbox.accept({"n": number})
        inbox.refuse(400, [], None)
    assert inbox.delete(3) is True
    assert inbox.delete(4) is True
    assert inbox.delete(4) is False
    assert [entry.number for entry in inbox.entries()[1]] == [1, 2, 5, 6]
    assert inbox.accept({}).number == 7


def test_a_conversation_is_deleted_with_what_was_refused_and_whether_it_was_active() -> None:
    inbox = Inbox()
    inbox.accept(to("tom"))
    inbox.accept(to("mei"))
    inbox.refuse(200, ["x"], to("tom"))
    inbox.touch("uuid", "tom")
    assert inbox.delete_conversation("uuid", "tom") == 2
    assert inbox.messages() == [to("mei")]
    assert inbox.refused() == []
    assert list(inbox.activities()) == [("uuid", "mei")]


def test_clearing_forgets_everything_but_the_time() -> None:
    inbox = Inbox()
    inbox.accept(to("tom"))
    inbox.refuse(401, [], None)
    inbox.touch("id", "mei")
    inbox.clock.move(3600)
    inbox.clear()
    assert inbox.entries() == (inbox.version, [])
    assert inbox.activities() == {}
    assert inbox.clock.ahead == timedelta(hours=1)


def test_a_delayed_message_counts_at_once_and_is_delivered_later() -> None:
    watch = Watch()
    inbox = Inbox(clock=watch)
    entry = inbox.accept(request(FULL["text"], delay=7))
    assert entry.deliver_at == entry.at + timedelta(seconds=7)
    assert inbox.wait_for(1) == inbox.messages() == [entry.payload]
    before = inbox.version
    assert inbox.version == before
    watch.passed = timedelta(seconds=7)
    assert inbox.version == before + 1
    assert inbox.version == before + 1


def test_a_message_without_a_delay_is_delivered_on_arrival() -> None:
    entry = Inbox().accept(to("tom"))
    assert entry.deliver_at == entry.at
    assert Inbox().refuse(400, [], request(FULL["text"], delay=7)).deliver_at is None


def test_times_are_those_of_the_clock() -> None:
    inbox = Inbox()
    real = inbox.clock.now()
    inbox.clock.move(86_400)
    assert inbox.accept({}).at - real >= timedelta(days=1)
    assert inbox.refuse(400, [], None).at - real >= timedelta(days=1)


def test_a_clock_that_is_reset_takes_no_delivery_back_and_keeps_a_delay() -> None:
    watch = Watch()
    inbox = Inbox(clock=watch)
    watch.move(86_400)
    inbox.accept(to("tom"))
    inbox.accept(request(FULL["text"], delay=10))
    watch.reset()
    now = inbox.clock.now()
    delivered, waiting = (entry.deliver_at for entry in inbox.accepted())
    assert delivered is not None
    assert waiting is not None
    assert delivered <= now
    assert waiting <= now + timedelta(seconds=10)
    before = inbox.version
    watch.passed = timedelta(seconds=10)
    assert inbox.version == before + 1


def test_a_clock_with_several_inboxes_is_right_for_each() -> None:
    clock = SandboxClock()
    inboxes = [Inbox(clock=clock), Inbox(clock=clock)]
    clock.move(3 * 86_400)
    for inbox in inboxes:
        inbox.touch("uuid", "tom")
    clock.reset()
    for inbox in inboxes:
        last = inbox.last_active("uuid", "tom")
        assert last is not None
        assert last <= clock.now()


def test_nothing_arrives_between_a_move_of_the_clock_and_its_effects() -> None:
    inbox = Inbox()
    inbox.clock.move(86_400)
    during: list[bool] = []

    def look(before: datetime, now: datetime) -> None:
        other = threading.Thread(target=inbox.accept, args=(to("tom"),), daemon=True)
        other.start()
        other.join(0.05)
        during.append(other.is_alive())

    inbox.clock.listen(look)
    inbox.clock.reset()
    assert during == [True]
    [payload] = inbox.wait_for(1)
    assert payload == to("tom")


def test_waiting_ends_as_soon_as_enough_has_arrived() -> None:
    inbox = Inbox()
    found: list[object] = []
    waiter = threading.Thread(
        target=lambda: found.extend(inbox.wait_for(2, timeout=60)), daemon=True
    )
    inbox.accept({"n": 1})
    waiter.start()
    inbox.accept({"n": 2})
    waiter.join(30)
    assert found == [{"n": 1}, {"n": 2}]


def test_waiting_in_vain_says_what_came_instead() -> None:
    inbox = Inbox()
    inbox.accept({})
    inbox.refuse(401, ["no signature"], None)
    with pytest.raises(TimeoutError, match=r"2 accepted messages, found 1\. Refused with 401: no"):
        inbox.wait_for(2, timeout=0.01)


@pytest.mark.parametrize(
    ("recipient", "found"),
    [
        ({"uuid": "1"}, ("uuid", "1")),
        ({"uuid": "1", "surplus": 2}, ("uuid", "1")),
        ({"uuid": "1", "id": "1"}, None),
        ({"uuid": 1}, None),
        ({}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_request_belongs_to_the_one_recipient_it_names(recipient: object, found: object) -> None:
    entry = Inbox().refuse(400, [], request(FULL["text"], recipient=recipient))
    assert entry.recipient == found
