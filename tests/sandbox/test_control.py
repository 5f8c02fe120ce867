"""What is done to a running sandbox over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from joinchat_django.sandbox import SandboxServer
from joinchat_django.sandbox.control import MAX_BODY

from .calling import JSON, TEXT, Answer, Call
from .examples import FULL, text


@pytest.fixture
def post(call: Call) -> Call:
    """POST an object as JSON."""

    def post(path: str, data: Any, headers: Mapping[str, str] | None = None) -> Answer:
        return call("POST", path, json.dumps(data).encode(), {**JSON, **(headers or {})})

    return post


class TestFaults:
    def test_are_put_in_force_listed_and_cleared(self, call: Call, post: Call, send: Call) -> None:
        answer = post("/_sandbox/faults", {"kind": "too_many", "times": 2, "retry_after": 5})
        assert answer.status == 201
        post("/_sandbox/faults", {"kind": "slow", "share": 0.5, "seconds": 60, "latency": 0.01})
        assert send(text("refused")).headers["Retry-After"] == "5"
        first, second = call("GET", "/_sandbox/faults").json["faults"]
        assert first == {
            "kind": "too_many",
            "times": 2,
            "retry_after": 5,
            "text": "answered with 429, Retry-After: 5",
            "times_left": 1,
            "seconds_left": None,
        }
        assert (second["kind"], second["share"], second["latency"]) == ("slow", 0.5, 0.01)
        assert 0 < second["seconds_left"] <= 60
        assert call("GET", "/_sandbox/state").json["faults"] == 2
        assert call("DELETE", "/_sandbox/faults").json == {"cleared": 2}
        assert call("GET", "/_sandbox/faults").json == {"faults": []}
        assert send(text("taken")).status == 200

    def test_may_be_named_by_the_status_alone(self, post: Call, send: Call) -> None:
        assert post("/_sandbox/faults", {"status": 503}).json["faults"][0]["kind"] == "server_error"
        assert send(text("refused")).status == 503

    @pytest.mark.parametrize(
        ("data", "words"),
        [
            ({}, "kind: required, or the status"),
            ({"kind": "nonsense"}, "kind: must be one of"),
            ({"status": 200}, "status: must be 401, 429 or 500 to 599"),
            ({"status": "500"}, "status: must be a number: 401, 429 or 500 to 599"),
            ({"status": [500]}, "status: must be 401, 429 or 500 to 599"),
            ({"kind": "cut", "times": "5"}, "times: must be a whole number"),
            ({"kind": "cut", "time": 5}, "time: not known here; known are kind, status, times"),
            ({"kind": ["cut"]}, "kind: must be one of"),
        ],
    )
    def test_that_make_no_sense_are_refused_with_the_reason(
        self, data: Any, words: str, post: Call, sandbox: SandboxServer
    ) -> None:
        answer = post("/_sandbox/faults", data)
        assert answer.status == 400
        assert words in answer.json["error"]
        assert sandbox.faults.active() == []


class TestTheClock:
    def test_is_moved_ahead_and_back_to_real_time(self, call: Call, post: Call) -> None:
        assert call("GET", "/_sandbox/clock").json["ahead"] == 0
        moved = post("/_sandbox/clock", {"forward": 90_000}).json
        assert moved["ahead"] == 90_000
        now = datetime.now(timezone.utc)
        assert datetime.fromisoformat(moved["now"]) - now > timedelta(hours=24)
        assert post("/_sandbox/clock", {"reset": True}).json["ahead"] == 0

    def test_that_is_moved_closes_the_window_of_24_hours(self, post: Call, send: Call) -> None:
        assert send(text("in time")).json["success"] is True
        post("/_sandbox/clock", {"forward": 90_000})
        assert "24 hours" in send(text("too late")).reason

    @pytest.mark.parametrize(
        "data",
        [
            {},
            {"forward": -1},
            {"forward": 0},
            {"forward": "60"},
            {"forward": True},
            {"forward": 10**12},
            {"forward": 60, "reset": True},
            {"reset": False},
            {"reset": 1, "forward": None},
            {"back": 5},
        ],
    )
    def test_is_moved_by_nothing_else(self, data: Any, call: Call, post: Call) -> None:
        assert post("/_sandbox/clock", data).status == 400
        assert call("GET", "/_sandbox/clock").json["ahead"] == 0

    def test_is_moved_a_hundred_years_in_all(self, post: Call, sandbox: SandboxServer) -> None:
        for _ in range(99):
            sandbox.clock.move(366 * 86_400)
        year = {"forward": 366 * 86_400}
        assert post("/_sandbox/clock", year).status == 200
        answer = post("/_sandbox/clock", year)
        assert (answer.status, "reset it" in answer.json["error"]) == (400, True)


class TestDeleting:
    def test_takes_one_request_away(self, call: Call, send: Call, sandbox: SandboxServer) -> None:
        for content in ("first", "second"):
            send(text(content))
        first = sandbox.inbox.accepted()[0].number
        assert call("DELETE", f"/_sandbox/messages/{first}").json == {"deleted": 1}
        assert [message["message"]["text"] for message in sandbox.inbox.messages()] == ["second"]
        assert call("DELETE", f"/_sandbox/messages/{first}").status == 404

    def test_takes_a_conversation_away(
        self, call: Call, send: Call, sandbox: SandboxServer
    ) -> None:
        for recipient in ({"uuid": "a:b&c"}, {"uuid": "other"}, {"uuid": "a:b&c"}):
            send(text("hello", recipient=recipient))
        answer = call("DELETE", "/_sandbox/conversations?to=uuid%3Aa%3Ab%26c")
        assert answer.json == {"deleted": 2}
        assert [m["recipient"] for m in sandbox.inbox.messages()] == [{"uuid": "other"}]
        assert call("DELETE", "/_sandbox/conversations?to=uuid:nobody").json == {"deleted": 0}

    @pytest.mark.parametrize("query", ["", "?to=", "?to=uuid", "?to=name:x", "?to=id:1&to=id:2"])
    def test_of_a_conversation_demands_its_name(
        self, query: str, call: Call, send: Call, sandbox: SandboxServer
    ) -> None:
        send(text("hello"))
        answer = call("DELETE", f"/_sandbox/conversations{query}")
        assert answer.status == 400
        assert "such as uuid:123" in answer.json["error"]
        assert len(sandbox.inbox.messages()) == 1

    def test_takes_everything_away(self, call: Call, send: Call, sandbox: SandboxServer) -> None:
        send(text("hello"))
        send(text(""))
        assert call("DELETE", "/_sandbox/messages").status == 200
        assert sandbox.inbox.entries()[1] == []


class TestActivity:
    def test_opens_the_window_again(self, post: Call, send: Call) -> None:
        send(text("hello", recipient={"phone": "+1"}))
        post("/_sandbox/clock", {"forward": 90_000})
        assert post("/_sandbox/activity", {"to": "phone:+1"}).json == {"to": "phone:+1"}
        assert send(text("hello", recipient={"phone": "+1"})).json["success"] is True

    @pytest.mark.parametrize("to", [None, 5, "", "uuid", "uuid:", "name:x", "uuid:" + "x" * 2000])
    def test_of_nobody_is_refused(self, to: Any, post: Call, sandbox: SandboxServer) -> None:
        assert post("/_sandbox/activity", {"to": to}).status == 400
        assert sandbox.inbox.activities() == {}


class TestAClick:
    def test_on_the_sites_page_counts_as_activity(self, call: Call, sandbox: SandboxServer) -> None:
        foreign = {
            "Content-Type": "text/plain;charset=UTF-8",
            "Origin": "http://shop.example",
            "Sec-Fetch-Site": "cross-site",
        }
        answer = call("POST", "/_sandbox/clicks", b"6f9a-uuid", foreign)
        assert answer.status == 200
        assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert sandbox.inbox.last_active("uuid", "6f9a-uuid") is not None

    @pytest.mark.parametrize("uuid", [b"", b"x" * 256, b"a b", b"<b>", b"\xff", b"a\n"])
    def test_bears_a_uuid_and_nothing_else(
        self, uuid: bytes, call: Call, sandbox: SandboxServer
    ) -> None:
        assert call("POST", "/_sandbox/clicks", uuid, TEXT).status == 400
        assert sandbox.inbox.activities() == {}


class TestABody:
    def test_is_one_json_object_of_bounded_size(self, call: Call) -> None:
        for body in (b"", b"[]", b"{", b"\xff", b'{"kind":"cut","kind":"cut"}'):
            assert call("POST", "/_sandbox/faults", body, JSON).status == 400
        answer = call("POST", "/_sandbox/faults", b" " * (MAX_BODY + 1), JSON)
        assert (answer.status, answer.headers["Connection"]) == (413, "close")
        assert str(MAX_BODY) in answer.json["error"]

    def test_of_unclear_length_is_refused(self, raw: Call) -> None:
        head = b"POST /_sandbox/faults HTTP/1.1\r\nHost: localhost\r\n"
        answer = raw(head + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert (answer.status, answer.headers["Connection"]) == (411, "close")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/_sandbox/faults", "GET, HEAD, POST, DELETE"),
        ("PATCH", "/_sandbox/clock", "GET, HEAD, POST"),
        ("POST", "/_sandbox/messages", "GET, HEAD, DELETE"),
        ("GET", "/_sandbox/messages/1", "DELETE"),
        ("GET", "/_sandbox/activity", "POST"),
        ("DELETE", "/_sandbox/clicks", "POST"),
    ],
)
def test_another_method_is_told_which_ones_there_are(
    method: str, path: str, allowed: str, call: Call
) -> None:
    answer = call(method, path)
    assert (answer.status, answer.headers["Allow"]) == (405, allowed)


def test_the_bytes_of_a_request_can_be_read_as_text(
    call: Call, send: Call, sandbox: SandboxServer
) -> None:
    body = b"<script>alert(1)</script>\xff"
    send(body)
    send(FULL)
    [first, second] = sandbox.inbox.refused()
    answer = call("GET", f"/_sandbox/messages/{first.number}/body")
    assert answer.body == body
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert json.loads(call("GET", f"/_sandbox/messages/{second.number}/body").body) == FULL
    assert call("GET", f"/_sandbox/messages/{second.number + 1}/body").status == 404
