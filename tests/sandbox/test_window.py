"""The 24-hour window: an untagged message reaches only who was active in the last 24 hours."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from joinchat_django.sandbox import SandboxServer
from joinchat_django.sandbox.window import WINDOW, Activities, why_closed

from .calling import Call
from .examples import FULL, request

HOUR, DAY = 3600, 86_400
NOW = datetime(2026, 1, 31, 12, tzinfo=timezone.utc)


def untagged(**recipient: str) -> dict[str, Any]:
    return request(FULL["text"], recipient=recipient or {"uuid": "tom"})


def tagged(**recipient: str) -> dict[str, Any]:
    return {**untagged(**recipient), "tag": "ACCOUNT_UPDATE"}


def test_a_person_who_is_new_is_active(send: Call, sandbox: SandboxServer) -> None:
    assert sandbox.inbox.last_active("uuid", "tom") is None
    assert send(untagged()).json["success"] is True
    [entry] = sandbox.inbox.accepted()
    assert sandbox.inbox.activities() == {("uuid", "tom"): entry.at}


def test_after_a_day_of_silence_only_a_tag_lets_a_message_pass(
    send: Call, sandbox: SandboxServer
) -> None:
    send(untagged())
    sandbox.clock.move(DAY + 2 * HOUR)
    answer = send(untagged())
    assert answer.status == 200
    assert answer.reason.startswith(
        'recipient.uuid: "tom" was last active 1 day 2 h ago, and a message without a tag reaches'
    )
    assert "give the message a tag" in answer.reason
    [entry] = sandbox.inbox.refused()
    assert entry.recipient == ("uuid", "tom")
    assert send(tagged()).json["success"] is True


def test_being_written_to_is_no_activity(send: Call, sandbox: SandboxServer) -> None:
    send(untagged())
    sandbox.clock.move(23 * HOUR)
    assert send(untagged()).json["success"] is True
    sandbox.clock.move(2 * HOUR)
    assert send(tagged()).json["success"] is True
    assert send(untagged()).json["success"] is False


def test_a_refused_request_is_no_first_sight(send: Call, sandbox: SandboxServer) -> None:
    send({**untagged(), "delay": 11})
    send(untagged(), {"x_joinchat_signature": "AAAA"})
    assert sandbox.inbox.activities() == {}


def test_whoever_is_active_again_is_reached_again(send: Call, sandbox: SandboxServer) -> None:
    send(untagged())
    sandbox.clock.move(3 * DAY)
    assert send(untagged()).json["success"] is False
    sandbox.inbox.touch("uuid", "tom")
    assert send(untagged()).json["success"] is True


def test_the_window_is_each_recipients_own(send: Call, sandbox: SandboxServer) -> None:
    for recipient in ({"uuid": "1"}, {"email": "1"}):
        send(untagged(**recipient))
    sandbox.clock.move(2 * DAY)
    sandbox.inbox.touch("email", "1")
    assert send(untagged(uuid="1")).json["success"] is False
    assert send(untagged(email="1")).json["success"] is True
    assert send(untagged(id="1")).json["success"] is True


def test_refusals_of_several_persons_are_not_in_the_same_words(
    send: Call, sandbox: SandboxServer
) -> None:
    people = [{"uuid": str(number)} for number in range(5)]
    for person in people:
        send(untagged(**person))
    sandbox.clock.move(2 * DAY)
    assert len({send(untagged(**person)).reason for person in people}) == 5


def test_a_faulty_message_is_told_its_faults_and_the_inbox_tells_of_the_window_besides(
    send: Call, sandbox: SandboxServer
) -> None:
    send(untagged())
    sandbox.clock.move(2 * DAY)
    # An answer that names the recipient would make one bot's fault look like many persons'.
    assert send({**untagged(), "delay": 11}).reason == "delay: at most 10, found 11"
    [entry] = sandbox.inbox.refused()
    assert entry.reasons == ("delay: at most 10, found 11",)
    [besides] = entry.besides
    assert besides.startswith('recipient.uuid: "tom" was last active 2 days 0 h ago')
    assert entry.all_reasons == (*entry.reasons, f"besides, {besides}")


def test_the_clock_that_goes_back_leaves_nobody_active_in_the_future(
    send: Call, sandbox: SandboxServer
) -> None:
    sandbox.clock.move(3 * DAY)
    send(untagged())
    sandbox.clock.reset()
    last = sandbox.inbox.last_active("uuid", "tom")
    assert last is not None
    assert last <= sandbox.clock.now()
    sandbox.clock.move(2 * DAY)
    assert send(untagged()).json["success"] is False


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(), ""),
        (WINDOW, ""),
        (WINDOW + timedelta(seconds=1), "1 day 0 h ago"),
        (timedelta(days=2, hours=3, minutes=59), "2 days 3 h ago"),
        (timedelta(days=400), "400 days 0 h ago"),
    ],
)
def test_the_window_closes_after_24_hours(ago: timedelta, words: str) -> None:
    why = why_closed(("uuid", "tom"), NOW - ago, NOW)
    assert words in why
    assert bool(why) is bool(words)


def test_a_long_or_strange_name_is_quoted_in_short_ascii() -> None:
    why = why_closed(("uuid", "琳\n" * 1000), NOW - 2 * WINDOW, NOW)
    assert why.isascii()
    assert "\n" not in why
    assert len(why) < 600


def test_whoever_was_noted_longest_ago_is_forgotten_first() -> None:
    activities = Activities(limit=3)
    for value in "abca":
        activities.touch(("id", value), NOW)
    activities.see(("id", "d"), NOW)
    assert [value for _kind, value in activities.all()] == ["c", "a", "d"]


def test_the_names_of_the_active_are_bounded() -> None:
    activities = Activities(max_characters=100)
    for value in "abcde":
        activities.touch(("id", value * 40), NOW)
    assert [value[0] for _kind, value in activities.all()] == ["d", "e"]
    activities.touch(("id", "f" * 1000), NOW)
    assert len(activities.all()) == 1
    activities.clear()
    activities.touch(("id", "a" * 90), NOW)
    assert activities.last(("id", "a" * 90)) == NOW
