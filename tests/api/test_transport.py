"""Connections and answers that fail or talk nonsense: each ends in the error that fits."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from joinchat_django.api import (
    Client,
    ConnectionFailed,
    DeliveryUncertain,
    JoinChatError,
    Recipient,
    Rejected,
    SendResult,
    ServiceUnavailable,
    Text,
)
from tests.servers import Answer, Connection, LoopbackServer, Request, free_port, replying, sending

from .clients import SECRET, client_of
from .tls import tls_of

each = pytest.mark.parametrize
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def send_to(answer: Answer, **options: Any) -> SendResult:
    """Send a message to a server that answers so."""
    with LoopbackServer(answer) as server, client_of(server, **options) as client:
        return client.send(Recipient(uuid="1"), Text("x"))


# Nothing was sent.


def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    client = Client(page_id=1, api_secret=SECRET, api_url=url, proxies={})
    with client, pytest.raises(ConnectionFailed, match=r"refused.*Nothing was sent") as failed:
        client.send(Recipient(uuid="1"), Text("x"))
    assert isinstance(failed.value, ConnectionError)
    assert failed.value.status is None


def test_an_unknown_host_means_that_nothing_was_sent() -> None:
    url = "http://no-such-host.invalid/"
    client = Client(page_id=1, api_secret=SECRET, api_url=url, proxies={}, deadline=5)
    with client, pytest.raises(ConnectionFailed, match="Nothing was sent"):
        client.send(Recipient(uuid="1"), Text("x"))


def test_a_connection_that_does_not_come_about_ends_at_its_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for sock in waiting:  # Nobody accepts, so the queue is full and the next one hangs.
            sock.setblocking(False)
            sock.connect_ex(address)
        url = f"http://127.0.0.1:{address[1]}/"
        client = Client(page_id=1, api_secret=SECRET, api_url=url, proxies={}, connect_timeout=0.3)
        with client, pytest.raises(ConnectionFailed, match=r"connect timeout=0\.3"):
            client.send(Recipient(uuid="1"), Text("x"))
        for sock in waiting:
            sock.close()


def test_a_certificate_that_nobody_vouches_for_means_that_nothing_was_sent(
    certificate: Path,
) -> None:
    with LoopbackServer(replying("{}"), tls=tls_of(certificate)) as server:
        with client_of(server) as client, pytest.raises(ConnectionFailed, match="certificate"):
            client.send(Recipient(uuid="1"), Text("x"))
        with client_of(server, ca_bundle=str(certificate)) as client:
            assert client.send(Recipient(uuid="1"), Text("x")).status == 200
            assert client.send(Recipient(uuid="1"), Text("x")).status == 200
        assert len(server.requests) == 2
        assert len(server.connections) == 1


def test_a_certificate_of_another_host_means_that_nothing_was_sent(certificate: Path) -> None:
    with LoopbackServer(replying("{}"), tls=tls_of(certificate)) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        client = Client(
            page_id=1, api_secret=SECRET, api_url=url, proxies={}, ca_bundle=str(certificate)
        )
        with client, pytest.raises(ConnectionFailed):
            client.send(Recipient(uuid="1"), Text("x"))
        assert not server.requests


def test_a_server_without_tls_where_tls_was_meant_gets_nothing() -> None:
    with LoopbackServer(replying("{}")) as server:
        url = server.url.replace("http:", "https:")
        client = Client(page_id=1, api_secret=SECRET, api_url=url, proxies={}, deadline=0.25)
        with client, pytest.raises(ConnectionFailed):
            client.send(Recipient(uuid="1"), Text("x"))
        assert not server.requests


@each("deadline", [0, -1, float("nan")])
def test_a_call_without_any_time_left_sends_nothing(deadline: float) -> None:
    with LoopbackServer(replying("{}")) as server, client_of(server) as client:
        with pytest.raises(ConnectionFailed, match="no time"):
            client.send(Recipient(uuid="1"), Text("x"), deadline=deadline)
        assert not server.connections


# Nobody knows.


def reset(_request: Request, connection: Connection) -> None:
    connection.reset()


@each(
    "answer",
    [
        reset,
        sending(b""),
        sending(b"HTT"),
        sending(OK),
        sending(OK + b"Content-Type: application/json\r\nContent-Le"),
        sending(OK + b"Content-Length: 100\r\n\r\n"),
        sending(OK + b'Content-Length: 100\r\n\r\n{"success":true}'),
        sending(CHUNKED + b"5\r\nhello\r\n5\r\nhe"),
        sending(CHUNKED + b"5\r\nhello\r\n"),
        sending(b"Welcome to telnet\r\n\r\n"),
        sending(b"\x16\x03\x01\x00\xff" * 100),
        sending(b"HTTP/1.1 abc OK\r\n\r\n"),
        sending(b"HTTP/3 200 OK\r\n\r\n"),
        sending(OK + b"a: b\r\n" * 200 + b"\r\n"),
        sending(OK + b"a: " + b"b" * 70_000 + b"\r\n\r\n"),
        sending(OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
        sending(CHUNKED + b"nonsense\r\nhello\r\n"),
        sending(CHUNKED + b"-2\r\nhello\r\n"),
        sending(CHUNKED + b"-ffffffffffffffffffff\r\nhello\r\n"),
        sending(b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    ],
    ids=range(20),
)
def test_no_whole_answer_after_the_request_means_that_nobody_knows(answer: Answer) -> None:
    with pytest.raises(DeliveryUncertain, match="may have been delivered") as failed:
        send_to(answer)
    assert len(str(failed.value)) < 500


@each("interim", [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"])
def test_an_interim_answer_is_not_the_answer(interim: bytes) -> None:
    def answer(_request: Request, connection: Connection) -> None:
        connection.send(interim)
        connection.reply('{"success":true}')

    with LoopbackServer(answer) as server, client_of(server) as client:
        for _ in range(2):
            result = client.send(Recipient(uuid="1"), Text("x"))
            assert result == SendResult(200, '{"success":true}')
        assert len(server.connections) == 1


@each(
    ("status", "error"),
    [("400 Bad", Rejected), ("302 Found", Rejected), ("503 Unavailable", ServiceUnavailable)],
)
def test_a_refusal_is_known_by_its_status_even_if_it_is_cut_off(
    status: str, error: type[JoinChatError]
) -> None:
    start = f"HTTP/1.1 {status}\r\n".encode()
    for rest in (b"", b"Content-Length: 100\r\n\r\n", b"Content-Length: 100\r\n\r\nno"):
        with pytest.raises(error):
            send_to(sending(start + rest))
