from __future__ import annotations

import threading

import pytest

from joinchat_django.sandbox import Inbox

from .examples import FULL, request


def test_accepted_and_refused_are_kept_apart_and_in_order() -> None:
    inbox = Inbox()
    first = inbox.accept({"n": 1})
    inbox.refuse(401, ["no signature"], None)
    second = inbox.accept({"n": 2})
    assert inbox.messages() == [{"n": 1}, {"n": 2}]
    assert [entry.reasons for entry in inbox.refused()] == [("no signature",)]
    assert first.message_id != second.message_id
    assert [entry.number for entry in inbox.entries()[1]] == [1, 2, 3]


def test_the_version_grows_with_each_change() -> None:
    inbox = Inbox()
    seen = [inbox.version]
    for change in (lambda: inbox.accept({}), lambda: inbox.refuse(400, [], None), inbox.clear):
        change()
        seen.append(inbox.version)
    assert seen == sorted(set(seen))
    assert inbox.entries() == (inbox.version, [])


def test_the_oldest_go_first_when_there_are_too_many() -> None:
    inbox = Inbox(limit=3)
    for number in range(5):
        inbox.accept({"n": number})
        inbox.refuse(400, [str(number)], None)
    assert inbox.messages() == [{"n": 2}, {"n": 3}, {"n": 4}]
    assert [entry.reasons for entry in inbox.refused()] == [("2",), ("3",), ("4",)]


def test_the_oldest_go_first_when_they_are_too_large() -> None:
    inbox = Inbox(max_bytes=100)
    for number in range(5):
        inbox.accept({"n": number}, size=40)
    assert inbox.messages() == [{"n": 3}, {"n": 4}]
    inbox.accept({"n": 5}, size=1000)
    assert inbox.messages() == [{"n": 5}]


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
