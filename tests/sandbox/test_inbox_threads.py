"""What a thread says of its recipient, and what becomes of delayed messages in it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from joinchat_django.sandbox import SandboxServer
from joinchat_django.sandbox.conversations import in_words, presence
from joinchat_django.sandbox.faults import Fault

from .calling import Call
from .examples import text

NOW = datetime(2026, 5, 1, 12, tzinfo=timezone.utc)


def shown(page: str) -> list[str]:
    """The texts of the bubbles in a thread."""
    return re.findall(r'<p class="jc-bubble" dir="auto">(.*?)</p>', page)


def people(page: str) -> list[str]:
    """Who is in the list."""
    found = re.findall(r'<span class="jc-box-kind">(\w+)</span> <bdi>(.*?)</bdi></span>', page)
    return [":".join(each) for each in found]


def test_whoever_was_active_is_listed_without_a_message_too(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    sandbox.inbox.touch("uuid", "early")
    send(text("Hello", recipient={"uuid": "tom"}))
    sandbox.inbox.touch("uuid", "late")
    page = call("GET", "/").text
    assert people(page) == ["uuid:late", "uuid:tom", "uuid:early"]
    assert 'data-jc-thread="uuid:late"' in page
    assert "has got no message yet" in page
    assert 'outbox.send(Recipient(uuid="late"), ' in page


@pytest.mark.parametrize(
    ("quiet", "is_open", "words"),
    [
        ({"seconds": 20}, True, "Active now · untagged messages arrive for 24 h"),
        (
            {"minutes": 3, "seconds": 30},
            True,
            "Active 3 min ago · untagged messages arrive for another 23 h 57 min",
        ),
        ({"hours": 24}, True, "Active 24 h ago · untagged messages arrive for another 0 min"),
        ({"hours": 25}, False, "Quiet for 25 h · only tagged messages arrive"),
        ({"days": 3, "hours": 2}, False, "Quiet for 3 d 2 h · only tagged messages arrive"),
        ({"hours": -1}, True, "Active now · untagged messages arrive for 24 h"),
    ],
)
def test_a_thread_says_whether_an_untagged_message_arrives(
    quiet: dict[str, int], is_open: bool, words: str
) -> None:
    assert presence(NOW - timedelta(**quiet), NOW) == (is_open, words)


def test_a_person_nobody_has_heard_of_is_reached() -> None:
    assert presence(None, NOW)[0]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(59, "0 min"), (60, "1 min"), (7200, "2 h"), (7260, "2 h 1 min"), (172_800, "2 d 0 h")],
)
def test_a_span_of_time_in_words(seconds: int, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


def test_the_head_follows_the_clock_and_the_activity(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    send(text("Hello"))
    assert "Active now" in call("GET", "/").text
    sandbox.clock.move(25 * 3600)
    page = call("GET", "/").text
    assert "Quiet for 25 h · only tagged messages arrive" in page
    assert "25 h ahead of real time" in page
    sandbox.inbox.touch("uuid", "123456")
    assert "Active now" in call("GET", "/").text


def test_a_message_that_the_window_refuses_stands_in_both_places(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    send(text("Hello", recipient={"uuid": "tom"}))
    sandbox.clock.move(25 * 3600)
    send(text("And again", recipient={"uuid": "tom"}))
    for path in ("/?to=uuid:tom", "/?to=refused"):
        page = call("GET", path).text
        assert "Refused, answered with 200" in page
        assert "1 day 1 h ago" in page


def test_a_delayed_message_is_typed_until_its_time(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    send(text("Later", delay=10))
    page = call("GET", "/").text
    assert shown(page) == []
    assert re.search(r'data-jc-due="\d{13}"[^>]*>arrives in (9|10) s<', page)
    assert 'data-jc-stage="waiting"' in page
    assert "Is about to arrive" in page
    sandbox.clock.move(10)
    page = call("GET", "/").text
    assert shown(page) == ["Later"]
    assert 'data-jc-stage="arrived"' in page


def test_messages_stand_in_the_order_in_which_they_reach_the_recipient(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    send(text("third", delay=9))
    send(text("second", delay=5))
    send(text("first"))
    sandbox.clock.move(60)
    send(text("last"))
    assert shown(call("GET", "/").text) == ["first", "second", "third", "last"]


def test_what_comes_after_the_clock_went_back_stands_last(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    sandbox.clock.move(86_400)
    send(text("tomorrow"))
    send(text("tomorrow", tag="DEALS"))
    sandbox.clock.reset()
    send(text("today"))
    page = call("GET", "/").text
    assert shown(page) == ["tomorrow", "today"]
    assert page.index("Refused, answered with 200") < page.index(">today</p>")


def test_a_fault_on_demand_is_named_in_the_panel_and_at_the_request(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    sandbox.faults.add(Fault.of(429, times=2, retry_after=5))
    sandbox.faults.add(Fault("slow", seconds=600, share=0.25))
    page = call("GET", "/").text
    assert "answered with 429, Retry-After: 5" in page
    assert "2 answers left" in page
    assert "25 % of the answers" in page
    assert re.search(r"(599|600) s left", page)
    assert send(text("Hello")).status == 429
    page = call("GET", "/").text
    assert "1 answer left" in page
    assert "a fault on demand: answered with 429" in page
    assert "Fault on demand" not in page


def test_an_answer_that_was_spoiled_is_remarked_on(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    sandbox.faults.add(Fault("garbage"))
    send(text("Hello"))
    page = call("GET", "/").text
    assert shown(page) == ["Hello"]
    assert "Fault on demand: answered with what is no JSON" in page


def test_numbers_are_written_as_programs_read_them(call: Call, settings: Any) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    page = call("GET", "/").text
    assert re.search(r'data-jc-now="\d{13}"', page)
    assert '"PAGE_ID": 12345' in page
