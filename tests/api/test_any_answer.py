"""Whatever bytes a server answers, a call ends in time, with a result or a documented error."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.api import (
    Client,
    ConnectionFailed,
    InvalidMessage,
    JoinChatError,
    Recipient,
    SendResult,
    Text,
)
from tests.fuzzing import examples
from tests.servers import Connection, LoopbackServer, Request

from .clients import client_of
from .reading import read_by

MEI = Recipient(uuid="1")
PLAIN = b'{"success":true,"n":7}'

statuses = st.sampled_from(
    [b"200 OK", b"200", b"204 None", b"299 \xff", b"100 Continue", b"103 Hints", b"101 Switching"]
    + [b"302 Found", b"304 Same", b"401 No", b"429 Slow", b"500 \0", b"999 x", b"099 x", b"2e2 x"]
)
versions = st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2", b"http/1.1", b"ICY"])
lengths = st.sampled_from(
    [b"0", b"1", b"22", b"99999999", b"9" * 40, b"-1", b"+1", b"2_0", b"0x2", b" 2 ", b"", b"1, 1"]
)
headers = st.one_of(
    lengths.map(lambda length: b"Content-Length: " + length),
    st.sampled_from(
        [b"Transfer-Encoding: chunked", b"transfer-encoding: gzip, chunked", b"Connection: close"]
        + [b"Connection: keep-alive", b"Content-Encoding: gzip", b"Content-Length : 2"]
        + [b"Location: /", b"no header", b" folded", b": no name", b"X: " + b"y" * 70_000]
    ),
    st.sampled_from([b"0", b"5", b"-5", b"soon", b"Mon, 99 Foo 2020", b"\xff", b"9" * 400]).map(
        lambda wait: b"Retry-After: " + wait
    ),
    st.binary(max_size=12).map(lambda name: name + b": x"),
    st.binary(max_size=12).map(lambda value: b"X-Junk: " + value),
)
chunks = st.builds(
    lambda size, content, end: size + end + content + end,
    st.sampled_from(
        [b"0", b"1", b"16", b"ffffffffffffffffffff", b"-1", b"0x1", b"2;a=b", b"", b"x"]
    ),
    st.sampled_from([b"", b"x", PLAIN, b"\r\n"]),
    st.sampled_from([b"\r\n", b"\n", b""]),
)
contents = (
    st.sampled_from(
        [b"", PLAIN, b'{"success":false,"errors":{"message":"no"}}', b"[" * 5000, b"\xff"]
    )
    | st.lists(chunks, max_size=4).map(b"".join)
    | st.binary(max_size=30)
)
wholes = st.builds(
    lambda version, status, lines, end, content: (
        end.join([version + b" " + status, *lines, b"", b""]) + content
    ),
    versions,
    statuses,
    st.lists(headers, max_size=5) | st.lists(headers, min_size=120, max_size=130),
    st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"]),
    contents,
)
answers = (
    wholes
    | st.tuples(wholes, wholes).map(b"".join)
    | st.builds(lambda whole, end: whole[:end], wholes, st.integers(0, 60))
    | st.builds(
        lambda whole, at, junk: whole[:at] + junk + whole[at:],
        wholes,
        st.integers(0, 60),
        st.binary(max_size=4),
    )
    | st.binary(max_size=60)
)


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


@examples(250)
@given(raw=answers)
def test_any_bytes_are_a_result_or_an_error_of_the_family_and_harm_no_later_call(
    hostile: tuple[Hostile, Client], raw: bytes
) -> None:
    answer, client = hostile
    answer.next = raw
    answer.is_closed.clear()
    begun = time.monotonic()
    error: JoinChatError | None = None
    try:
        result = client.send(MEI, Text("x"))
    except JoinChatError as raised:
        error = raised
    assert time.monotonic() - begun < 4
    if error is None:
        assert 200 <= result.status < 300
        assert len(result.answer) <= 2000
    else:
        # The request has left, and nothing is wrong with it.
        assert not isinstance(error, (ConnectionFailed, InvalidMessage))
        assert "\0" not in str(error)
        assert len(str(error)) < 1000
        assert len(error.answer) <= 2000
    # Else the next call could take a connection that is about to be closed.
    assert answer.is_closed.wait(4)
    assert client.send(MEI, Text("x")) == SendResult(200, PLAIN.decode())


@examples(250)
@given(answers)
def test_what_is_read_quickly_is_what_http_client_reads(raw: bytes) -> None:
    raw = raw[:60_000]  # What a pair of sockets holds.
    assert read_by(raw, end=time.monotonic() + 5) == read_by(raw, end=None)
