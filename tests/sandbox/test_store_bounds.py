"""A sandbox that runs for weeks keeps a bounded number of requests, and of bytes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from joinchat_django.sandbox import Inbox
from joinchat_django.sandbox.signature import SignatureCheck

from .examples import FULL, request


def test_the_oldest_go_first_when_there_are_too_many() -> None:
    inbox = Inbox(limit=3)
    for number in range(5):
        inbox.accept({"n": number})
        inbox.refuse(400, [str(number)], None)
    assert inbox.messages() == [{"n": 2}, {"n": 3}, {"n": 4}]
    assert [entry.reasons for entry in inbox.refused()] == [("2",), ("3",), ("4",)]


def test_what_made_room_is_counted_and_waited_for_all_the_same() -> None:
    inbox = Inbox(limit=3)
    for number in range(5):
        inbox.accept({"n": number})
    inbox.refuse(400, [], None)
    assert inbox.wait_for(5, timeout=0) == [{"n": 2}, {"n": 3}, {"n": 4}]
    assert inbox.dropped == 2
    with pytest.raises(TimeoutError, match=r"found 5 \(2 oldest dropped\)\."):
        inbox.wait_for(6, timeout=0)
    inbox.delete(5)
    with pytest.raises(TimeoutError, match="found 4"):
        inbox.wait_for(5, timeout=0)
    inbox.clear()
    assert inbox.dropped == 0
    with pytest.raises(TimeoutError, match=r"found 0\."):
        inbox.wait_for(1, timeout=0)


def test_the_oldest_go_first_when_they_are_too_large() -> None:
    inbox = Inbox(max_bytes=1000)
    for number in range(5):
        inbox.accept({"n": number}, body=b"x" * 200, headers=(("X", "x" * 100),))
    assert inbox.messages() == [{"n": 3}, {"n": 4}]
    inbox.accept({"n": 5}, body=b"x" * 5000)
    assert inbox.messages() == [{"n": 5}]
    inbox.accept({"n": 6})
    assert inbox.messages() == [{"n": 6}]


def test_headers_count_as_bodies_do() -> None:
    inbox = Inbox(max_bytes=1000)
    for _ in range(3):
        inbox.refuse(400, [], None, headers=(("X", "x" * 600),))
    assert len(inbox.refused()) == 1


LONG = ("x" * 100_000,)


@pytest.mark.parametrize(
    "fields",
    [
        {"reasons": LONG},
        {"besides": LONG},
        {"overlooked": LONG},
        {"signature": SignatureCheck((("x", *LONG),), "", False)},
        {"signature": SignatureCheck((), *LONG, False)},
        {"signature": SignatureCheck((), "", False, *LONG)},
    ],
)
def test_what_the_sandbox_says_of_a_request_counts_too(fields: dict[str, Any]) -> None:
    reasons = fields.pop("reasons", ())
    assert Inbox().refuse(400, reasons, None, **fields).size > 100_000


def test_a_body_that_takes_more_memory_than_it_has_bytes_counts_as_what_it_takes() -> None:
    payload = {"surplus": [[] for _ in range(1000)]}
    entry = Inbox().refuse(200, [], payload, body=json.dumps(payload).encode())
    assert entry.size > 60_000 > 10 * len(entry.body)


def test_deleting_makes_room() -> None:
    inbox = Inbox(max_bytes=1000)
    inbox.accept({"n": 1}, body=b"x" * 300)
    inbox.accept({"n": 2}, body=b"x" * 300)
    inbox.delete(2)
    inbox.accept({"n": 3}, body=b"x" * 300)
    assert inbox.messages() == [{"n": 1}, {"n": 3}]
    inbox.clear()
    inbox.accept({"n": 4}, body=b"x" * 300)
    inbox.accept({"n": 5}, body=b"x" * 300)
    assert inbox.messages() == [{"n": 4}, {"n": 5}]


def test_many_delayed_messages_leave_nothing_behind_though_nobody_looks() -> None:
    inbox = Inbox(limit=10)
    for _ in range(100):
        inbox.accept(request(FULL["text"], delay=1))
        inbox.clock.move(2)
    assert len(inbox._waiting) <= 1
