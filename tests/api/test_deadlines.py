"""Answers that stall or never end: a call keeps to its deadline, and reads up to a bound."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from joinchat_django.api import (
    ConnectionFailed,
    DeliveryUncertain,
    Recipient,
    SendResult,
    ServiceUnavailable,
    Text,
)
from tests.servers import Answer, Connection, LoopbackServer, Request, replying

from .clients import client_of

pytestmark = pytest.mark.thorough

each = pytest.mark.parametrize
#: Seconds of a short deadline, and the longest that a server waits to see the client go.
DEADLINE, SLACK = 0.25, 5.0
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def dripping(before: bytes, dripped: bytes) -> Answer:
    def answer(_request: Request, connection: Connection) -> None:
        connection.send(before)
        connection.drip(dripped)

    return answer


def silent(_request: Request, connection: Connection) -> None:
    connection.left_by_client_within(SLACK)


@each(
    "answer",
    [
        dripping(b"", OK * 20),
        dripping(OK, b"X-Slow: yes\r\n" * 20),
        dripping(OK + b"Content-Length: 400\r\n\r\n", b"x" * 400),
        dripping(OK + b"\r\n", b"x" * 400),
        dripping(CHUNKED, b"1\r\nx\r\n" * 60),
        dripping(CHUNKED + b"1;", b"x" * 400),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 20),
    ],
    ids=["status", "headers", "body", "unbounded body", "chunks", "chunk's size", "interim"],
)
def test_an_answer_that_drips_is_held_to_the_deadline(answer: Answer) -> None:
    with LoopbackServer(answer) as server, client_of(server, deadline=DEADLINE) as client:
        with pytest.raises(DeliveryUncertain):
            client.send(Recipient(uuid="1"), Text("x"))
        assert server.gone.wait(SLACK)
        assert server.connections[0].sent < 200


def test_no_answer_at_all_is_held_to_the_deadline() -> None:
    with LoopbackServer(silent) as server, client_of(server) as client:
        with pytest.raises(DeliveryUncertain, match="timed out"):
            client.send(Recipient(uuid="1"), Text("x"), deadline=DEADLINE)
        assert server.gone.wait(SLACK)


def test_a_refusal_whose_words_drip_is_known_at_the_deadline() -> None:
    drip = dripping(b"HTTP/1.1 500 Error\r\nContent-Length: 400\r\n\r\n", b"x" * 400)
    with LoopbackServer(drip) as server, client_of(server, deadline=DEADLINE) as client:
        with pytest.raises(ServiceUnavailable):
            client.send(Recipient(uuid="1"), Text("x"))
        assert server.gone.wait(SLACK)


def test_a_call_after_one_that_used_up_its_time_has_all_of_its_own() -> None:
    def answer(request: Request, connection: Connection) -> None:
        time.sleep(0.8 if b"slow" in request.body else 0)
        connection.reply("{}")

    with LoopbackServer(answer) as server, client_of(server, deadline=1.5) as client:
        for text in ("slow", "quick", "slow"):
            assert client.send(Recipient(uuid="1"), Text(text)).status == 200
        assert len(server.connections) == 1


def flooding(start: bytes, total: int = 10**9) -> Answer:
    def answer(_request: Request, connection: Connection) -> None:
        connection.send(start)
        connection.flood(b"x" * 65536, total)
        connection.close()

    return answer


@each(
    "start",
    [
        OK + b"Content-Length: 1000000000\r\n\r\n",
        OK + b"\r\n",
        CHUNKED + b"40000000\r\n",
    ],
    ids=["a gigabyte", "without end", "one chunk"],
)
def test_an_answer_that_is_too_long_is_accepted_without_its_rest(start: bytes) -> None:
    with LoopbackServer(flooding(start)) as server, client_of(server) as client:
        assert client.send(Recipient(uuid="1"), Text("x")) == SendResult(200, "x" * 2000)
        assert server.gone.wait(SLACK)
        assert server.connections[0].sent < 20_000_000
        assert client.send(Recipient(uuid="1"), Text("x")).status == 200
        assert len(server.connections) == 2


def repeating(part: bytes) -> Callable[[Request, Connection], None]:
    def answer(_request: Request, connection: Connection) -> None:
        connection.send(CHUNKED if part.startswith(b"0") else b"")
        connection.flood(part * (65536 // len(part)), 10**9)
        connection.close()

    return answer


@each(
    "answer",
    [
        flooding(CHUNKED + b"-1\r\n"),
        flooding(CHUNKED + b"0" * 100),
        repeating(b"HTTP/1.1 100 Continue\r\n\r\n"),
        repeating(b"0\r\nTrailer: x\r\n"),
    ],
    ids=["negative chunk", "chunk's size", "continue", "trailers"],
)
def test_an_answer_without_end_is_given_up_before_the_deadline(answer: Answer) -> None:
    with LoopbackServer(answer) as server, client_of(server, deadline=60) as client:
        with pytest.raises(DeliveryUncertain):
            client.send(Recipient(uuid="1"), Text("x"))
        assert server.gone.wait(SLACK)
        assert server.connections[0].sent < 20_000_000


def test_nothing_is_sent_once_the_deadline_has_passed_while_connecting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resolve = socket.getaddrinfo

    def slowly(*args: Any, **options: Any) -> Any:
        time.sleep(0.3)
        return resolve(*args, **options)

    with LoopbackServer(replying(b"{}")) as server:
        monkeypatch.setattr(socket, "getaddrinfo", slowly)
        with client_of(server, deadline=0.2) as client:
            with pytest.raises(ConnectionFailed, match="Nothing was sent"):
                client.send(Recipient(uuid="1"), Text("x"))
            assert client.send(Recipient(uuid="1"), Text("x"), deadline=5).status == 200
        assert len(server.requests) == 1
