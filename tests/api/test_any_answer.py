"""Whatever bytes a server answers, a call ends in time, with the result or error they stand for.

What they stand for is read by Python's own http.client. Most of each answer is as it should be: a
mistake in reading shows where one part is odd, and hides where everything is.
"""

from __future__ import annotations

import contextlib
import http.client
import io
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api import (
    Client,
    ConnectionFailed,
    DeliveryUncertain,
    InvalidMessage,
    JoinChatError,
    Recipient,
    Rejected,
    SendResult,
    ServiceUnavailable,
    Text,
    Unauthorized,
)
from joinchat_django.api.answers import refusal
from joinchat_django.api.timely import TimelyResponse
from tests.fuzzing import examples
from tests.servers import Connection, LoopbackServer, Request

from .clients import client_of

MEI = Recipient(uuid="1")
PLAIN = b'{"success":true,"n":7}'


statuses = st.sampled_from(
    [b"200", b"204 None", b"299 \xff", b"299  a ", b"100 Continue", b"103 Hints", b"101 Switching"]
    + [b"302 Found", b"304 Same", b"401 No", b"429 Slow", b"500 \0", b"999 x", b"099 x", b"2e2 x"]
)
versions = st.sampled_from([b"HTTP/1.0", b"HTTP/2", b"http/1.1", b"ICY", b"HTTP/1.1 "])
headers = st.one_of(
    st.sampled_from(
        [b"close", b"Keep-Alive", b"keep-alive", b" close ", b"", b"x, close", b"upgrade"]
    ).map(lambda value: b"Connection:" + value),
    st.sampled_from([b"X y: 2", b"Content-Length : 2", b"no header", b": no name", b"X\xff: 2"]),
    st.sampled_from([b" folded", b"\tfolded", b"X: a\x0bb\x85c\x0b", b"X: \xc3\xa9", b"X:\t "]),
    st.sampled_from([b"X: " + b"y" * 9_000, b"X: " + b"y" * 70_000, b"Content-Encoding: gzip"]),
    st.sampled_from([b"0", b"5", b"-5", b"soon", b"Mon, 99 Foo 2020", b"\xff", b"9" * 400]).map(
        lambda wait: b"Retry-After: " + wait
    ),
    st.binary(max_size=12).map(lambda name: name + b": x"),
    st.binary(max_size=12).map(lambda value: b"X-Junk: " + value),
)
many_headers = st.integers(96, 102).map(lambda count: [b"X-%d: x" % n for n in range(count)])
contents = st.sampled_from(
    [b"", b"\xff", b'{"success":false,"errors":{"message":"no\\u0000"}}', b"[" * 5000]
) | st.binary(max_size=30)
#: What may stand in the place of a length of ``%d``.
lengths = st.sampled_from(
    [b"+%d", b"0_%d", b"0%d", b" %d ", b"\x0b%d", b"%d, %d", b"%d1", b"-%d", b"-1", b"0", b"1"]
    + [b"0x2", b"\xb2", b"", b"9" * 15, b"9" * 40]
)
chunks = st.builds(
    lambda size, content, end: size + b"\r\n" + content + end,
    st.sampled_from([b"0", b"1", b"f" * 20, b"-1", b"0x1", b"1;a=b", b" 1 ", b"1_0", b"", b"x"]),
    st.sampled_from([b"", b"x", b"\r\n"]),
    st.sampled_from([b"\r\n", b"\r\n", b"\n", b""]),
)
interim = st.sampled_from(
    [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n"]
)
PARTS = ["version", "status", "headers", "many", "content", "length", "chunks"]
PARTS += ["ends", "interim", "whole"]


@st.composite
def answers(draw: Any) -> bytes:
    """An answer that is as it should be, but for a part or two."""
    odd = draw(st.sets(st.sampled_from(PARTS), min_size=1, max_size=2))

    def part(name: str, plain: Any, strategy: Any) -> Any:
        return draw(strategy) if name in odd else plain

    content = part("content", PLAIN, contents)
    lines = [b"Server: x", *part("headers", [], st.lists(headers, min_size=1, max_size=2))]
    lines += part("many", [], many_headers)
    spelt = part("length", [b"%d"], st.lists(st.just(b"%d") | lengths, max_size=2))
    body = content
    if "chunks" in odd:
        lines += draw(st.sampled_from([[b"Transfer-Encoding: chunked"], [b"transfer-encoding: X"]]))
        spelt = draw(st.sampled_from([[], spelt]))
        first = [b"%x\r\n%b\r\n" % (len(content), content)] if content else []
        body = b"".join([*first, *draw(st.lists(chunks, max_size=2)), b"0\r\n\r\n"])
    lines += [b"Content-Length: " + one.replace(b"%d", b"%d" % len(content)) for one in spelt]
    start = part("version", b"HTTP/1.1", versions) + b" " + part("status", b"200 OK", statuses)
    end = part("ends", b"\r\n", st.sampled_from([b"\n", b"\r"]))
    raw = end.join([start, *lines, b"", b""]) + body
    raw = b"".join(part("interim", [], st.lists(interim, max_size=3))) + raw
    return part("whole", raw, disturbed(raw))


def disturbed(raw: bytes) -> st.SearchStrategy[bytes]:
    """An answer cut short, doubled or with junk in it, or junk alone."""
    places = st.integers(0, len(raw))
    return st.one_of(
        places.map(lambda end: raw[:end]),
        st.builds(lambda at, junk: raw[:at] + junk + raw[at:], places, st.binary(max_size=4)),
        st.sampled_from([raw + raw, raw + b"x"]),
        st.binary(max_size=60),
    )


class Piecemeal:
    """As much of a socket as an answer is read from. It gives out a piece at a time."""

    def __init__(self, raw: bytes, sizes: list[int]) -> None:
        self._rest = io.BytesIO(raw)
        self._sizes = iter(sizes)

    def makefile(self, *_args: Any, **_options: Any) -> io.BytesIO:
        return self._rest

    def gettimeout(self) -> float:
        return 5.0

    def settimeout(self, seconds: float) -> None:
        pass

    def recv_into(self, buffer: Any) -> int:
        return self._rest.readinto(memoryview(buffer)[: next(self._sizes, len(buffer))])


class Reference(http.client.HTTPResponse):
    """http.client's own answer: behind any interim ones, and no success with its headers cut."""

    def begin(self) -> None:
        super().begin()
        while 101 < self.status < 200:
            self.headers = None  # type: ignore[assignment]
            super().begin()
        head = self.fp.getvalue()[: self.fp.tell()]  # type: ignore[attr-defined]
        if 200 <= self.status < 300 and not head.endswith((b"\n\r\n", b"\n\n")):
            raise http.client.IncompleteRead(b"")


def read(answer: http.client.HTTPResponse) -> dict[str, Any] | None:
    """What an answer says; ``content`` is None if it is not whole. None for no answer."""
    try:
        answer.begin()
    except (http.client.HTTPException, ValueError):
        return None
    names = ("status", "reason", "version", "chunked", "length", "will_close")
    found = {name: getattr(answer, name) for name in names}
    lines = [(name.lower(), value.strip(" \t")) for name, value in answer.headers.items()]
    found |= {"headers": lines, "content": None}
    with contextlib.suppress(http.client.HTTPException, ValueError, OverflowError):
        content = answer.read(1_000_000)
        found["content"] = None if answer.length else content
    return found


def by_python(raw: bytes) -> dict[str, Any] | None:
    """What http.client reads of these bytes."""
    return read(Reference(Piecemeal(raw, []), method="POST"))  # type: ignore[arg-type]


class Hostile:
    """Answers as it is told to, once; a plain answer follows."""

    def __init__(self) -> None:
        self.next: bytes | None = None
        self.is_closed = threading.Event()

    def __call__(self, request: Request, connection: Connection) -> None:
        answer, self.next = self.next, None
        if answer is None:
            connection.reply(PLAIN)
        else:
            connection.send(answer)
            connection.close()
            self.is_closed.set()


@pytest.fixture(scope="module")
def hostile() -> Iterator[tuple[Hostile, Client]]:
    """A server on this machine, and a client of it that keeps its connections."""
    answer = Hostile()
    with LoopbackServer(answer) as server, client_of(server, deadline=5) as client:
        yield answer, client


@examples(800)
@given(answers(), st.lists(st.integers(1, 90), max_size=3))
def test_any_bytes_in_any_pieces_are_read_as_http_client_reads_them(
    raw: bytes, sizes: list[int]
) -> None:
    answer = TimelyResponse(Piecemeal(raw, sizes), method="POST", end=time.monotonic() + 5)
    assert read(answer) == by_python(raw)


def meaning(found: dict[str, Any] | None) -> type:
    """What has to come of an answer that says this (contract, "Response")."""
    if found is None:
        return DeliveryUncertain
    status, content = found["status"], found["content"]
    if 200 <= status < 300:
        if content is None:
            return DeliveryUncertain
        return SendResult if refusal(content.decode("utf-8", "replace")) is None else Rejected
    if status in (401, 403):
        return Unauthorized
    return ServiceUnavailable if status in (408, 425, 429) or status >= 500 else Rejected


def lengths_of(found: dict[str, Any]) -> set[str]:
    """The different lengths that an answer claims."""
    lengths = [value for name, value in found["headers"] if name == "content-length"]
    return {length.strip() for length in ",".join(lengths).split(",")}


@examples(250)
@given(raw=answers())
def test_any_bytes_are_the_result_or_error_that_they_stand_for_and_harm_no_later_call(
    hostile: tuple[Hostile, Client], raw: bytes
) -> None:
    answer, client = hostile
    answer.next = raw
    answer.is_closed.clear()
    begun = time.monotonic()
    came: Any
    try:
        came = client.send(MEI, Text("x"))
    except JoinChatError as error:
        came = error
    assert time.monotonic() - begun < 4
    # Else the next call could take a connection that is about to be closed.
    assert answer.is_closed.wait(4)
    found = by_python(raw)
    if found is None or len(lengths_of(found)) < 2:  # Of several ones http.client takes the first.
        assert type(came) is meaning(found)
        content = (found and found["content"]) or b""
        assert came.answer in ("", content.decode("utf-8", "replace").replace("\0", "")[:2000])
    # The request has left, and nothing is wrong with it.
    assert not isinstance(came, (ConnectionFailed, InvalidMessage))
    assert "\0" not in str(came)
    assert len(str(came)) < 3000
    assert client.send(MEI, Text("x")) == SendResult(200, PLAIN.decode())
