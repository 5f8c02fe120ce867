"""One send for a whole request, answers read quickly where they are plain, and both in time."""

from __future__ import annotations

import http.client
import socket
import time
import traceback
from typing import Any

import pytest

from joinchat_django.api import (
    Client,
    ConnectionFailed,
    DeliveryUncertain,
    Recipient,
    SendResult,
    Text,
    sign,
    timely,
)
from joinchat_django.api.transport import Transport, _host_of
from tests.servers import Answer, Connection, LoopbackServer, Request, replying, sending

from .clients import SECRET, client_of
from .reading import read_by

each = pytest.mark.parametrize
quick = pytest.mark.skipif(not timely.IS_QUICK, reason="the quick way takes urllib3 2")
OK = b"HTTP/1.1 200 OK\r\n"
MEI = Recipient(uuid="1")


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What is given to sockets to send."""
    given: list[bytes] = []
    send = socket.socket.send

    def noting(self: socket.socket, data: Any, *args: Any) -> int:
        given.append(bytes(data))
        return send(self, data, *args)

    monkeypatch.setattr(socket.socket, "send", noting)
    return given


@quick
def test_headers_and_body_leave_together(sends: list[bytes]) -> None:
    with LoopbackServer(replying("{}")) as server, client_of(server) as client:
        client.send(MEI, Text("x"))
    (whole,) = sends
    assert whole.startswith(b"POST /api/send_message HTTP/1.1\r\n")
    assert whole.endswith(b"\r\n\r\n" + server.requests[0].body)


@quick
@each(
    ("failing", "error"),
    [(1, ConnectionFailed), (2, DeliveryUncertain)],
    ids=["the first send", "a later send"],
)
def test_an_error_of_the_first_send_alone_means_that_nothing_was_sent(
    failing: int, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0
    send = socket.socket.send

    def in_parts(self: socket.socket, data: Any) -> int:
        nonlocal count
        count += 1
        if count == failing:
            raise ConnectionAbortedError("gone")
        return send(self, data[:50])

    with LoopbackServer(replying("{}")) as server, client_of(server) as client:
        monkeypatch.setattr(socket.socket, "send", in_parts)
        with pytest.raises(error):
            client.send(MEI, Text("x"))
        monkeypatch.undo()
        assert client.send(MEI, Text("x")).status == 200
        assert [request.body for request in server.requests] == [server.requests[-1].body]


def test_a_body_that_is_not_taken_is_held_to_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 50_000)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with Client(page_id=1, api_secret=SECRET, api_url=url, proxies={}) as client:
            begun = time.monotonic()
            with pytest.raises(DeliveryUncertain, match="may have been delivered"):
                client.post(b"x" * 12_000_000, deadline=0.5)
            taken = time.monotonic() - begun
    assert 0.4 < taken < 5


class Clock:
    """Time that passes when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Reluctant(socket.socket):
    """Takes a byte at a time, and 0.03 seconds for that."""

    clock: Clock
    time_outs: list[float | None]

    def send(self, data: Any, *args: Any) -> int:
        self.time_outs.append(self.gettimeout())
        self.clock.now += 0.03
        return 1


def test_all_parts_of_a_body_have_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    with Reluctant() as sock:
        sock.clock, sock.time_outs = clock, []
        with pytest.raises(TimeoutError, match="while sending"):
            timely._send(sock, b"x" * 100, timely.OutgoingBody(b"", 0.1))
    assert sock.time_outs == pytest.approx([0.1, 0.07, 0.04, 0.01])


def test_a_large_body_arrives_whole() -> None:
    body = b"0123456789" * 400_000
    with LoopbackServer(replying("{}")) as server, client_of(server) as client:
        assert client.post(body).status == 200
    assert server.requests[0].body == body


class Lost(Exception):
    """Not one of the errors that a call expects, as a worker's time limit is."""


def test_an_interruption_of_a_call_shows_neither_secret_nor_signature(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(self: socket.socket, *args: Any) -> int:
        raise Lost

    body = b'{"page_id":1}'
    for method in ("send" if timely.IS_QUICK else "sendall", "recv_into"):
        with LoopbackServer(replying("{}")) as server, client_of(server) as client:
            with monkeypatch.context() as patch:
                patch.setattr(socket.socket, method, interrupted)
                with pytest.raises(Lost) as lost:
                    client.post(body)
            report = traceback.TracebackException.from_exception(lost.value, capture_locals=True)
            ours = [frame for frame in report.stack if "/joinchat_django/" in frame.filename]
            shown = str([frame.locals for frame in ours])
        assert "page_id" in shown
        assert sign(SECRET, body) not in shown
        assert SECRET not in shown


@each("bad", ["a\r\nx-more: b", "a\nb", "a\rb"])
def test_a_header_in_several_lines_is_not_sent(bad: str) -> None:
    with LoopbackServer(replying("{}")) as server:
        transport = Transport(server.url, connect_timeout=5, pool_size=1, proxies={})
        with pytest.raises(ConnectionFailed, match=r"line break|Invalid header value"):
            transport.post(b"x", {"x-signature": bad}, deadline=5, bound=100)
        transport.close()
        assert not server.requests


@each(
    ("url", "host"),
    [
        ("https://joinchat.ai/api", "joinchat.ai"),
        ("https://joinchat.ai:443/api", "joinchat.ai"),
        ("https://joinchat.ai:80/api", "joinchat.ai:80"),
        ("http://joinchat.ai:80/api", "joinchat.ai"),
        ("http://joinchat.ai:8080/api", "joinchat.ai:8080"),
        ("http://me:word@joinchat.ai/api", "joinchat.ai"),
        ("http://[::1]:8000/api", "[::1]:8000"),
        ("http://[::80]/api", "[::80]"),
    ],
)
def test_the_host_of_a_request_is_its_urls(url: str, host: str) -> None:
    assert _host_of(url) == host


def test_a_proxy_gets_its_own_password_and_the_whole_url() -> None:
    with LoopbackServer(replying("{}")) as proxy:
        proxies = {"http": f"http://me:word@127.0.0.1:{proxy.port}"}
        url = "http://joinchat.example/api"
        with Client(page_id=1, api_secret=SECRET, api_url=url, proxies=proxies) as client:
            client.send(MEI, Text("x"))
    (request,) = proxy.requests
    assert request.line == f"POST {url} HTTP/1.1"
    assert request.values("Host") == ["joinchat.example"]
    assert request.values("Proxy-Authorization") == ["Basic bWU6d29yZA=="]


# Answers.

PLAIN = OK + b"Server: nginx\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}"


@each(
    "raw",
    [
        PLAIN,
        OK + b"content-length:2\r\n\r\n{}rest",
        OK + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 503 Not now\r\nRetry-After:  7 \r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 204 None\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 304 Same\r\nContent-Length: 2\r\n\r\n",
        OK + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        OK + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
        OK + b"Content-Length: -2\r\n\r\n{}",
        OK + b"Content-Length: 2_0\r\n\r\n{}",
        OK + b"Content-Length: \xb2\r\n\r\n{}",
        OK + b"Content-Length: 2\r\nX-Long: a\r\n b\r\n\r\n{}",
        OK + b"Content-Length: 2\r\nnot a header\r\n\r\n{}",
        OK + b"Content-Length: 2\nX: y\n\n{}",
        OK + b"Content-Length : 2\r\n\r\n{}",
        OK + b"X: " + b"y" * 9_000 + b"\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN,
        b"HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\n" + PLAIN,
    ],
    ids=range(23),
)
def test_an_answer_read_quickly_is_the_one_that_http_client_reads(raw: bytes) -> None:
    assert read_by(raw, end=time.monotonic() + 5) == read_by(raw, end=None)


@quick
def test_a_plain_answer_is_read_without_the_parser_of_e_mails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(http.client, "parse_headers")
    with LoopbackServer(replying('{"success":true}')) as server, client_of(server) as client:
        for _ in range(2):
            assert client.send(MEI, Text("x")) == SendResult(200, '{"success":true}')
        assert len(server.connections) == 1


@each("lengths", [(5, 6), (6, 5)])
def test_an_answer_of_two_lengths_is_no_whole_answer(lengths: tuple[int, int]) -> None:
    head = b"".join(b"Content-Length: %d\r\n" % length for length in lengths)
    answer = sending(OK + head + b"\r\n" + b"h" * lengths[0])
    with (
        LoopbackServer(answer) as server,
        client_of(server) as client,
        pytest.raises(DeliveryUncertain),
    ):
        client.send(MEI, Text("x"))


def in_pieces(request: Request, connection: Connection) -> None:
    connection.drip(PLAIN, every=0.001)


def with_more_than_asked_for(request: Request, connection: Connection) -> None:
    connection.send(PLAIN + PLAIN.replace(b"{}", b"[]"))


@each("answer", [in_pieces, with_more_than_asked_for])
def test_calls_on_one_connection_get_their_own_answers(answer: Answer) -> None:
    with LoopbackServer(answer) as server, client_of(server) as client:
        for _ in range(3):
            assert client.send(MEI, Text("x")) == SendResult(200, "{}")
