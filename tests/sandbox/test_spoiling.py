"""Faults on demand on the wire: what becomes of the message, and what of its answer."""

from __future__ import annotations

import http.client
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import SandboxServer, spoiling
from tests.waiting import wait_until

from .calling import Call
from .examples import FULL, PAGE_ID, SECRET, request

MESSAGE = request(FULL["text"])
BODY = json.dumps(MESSAGE).encode()
TOO_LONG = 5_000_000
SIGNED = {"x_joinchat_signature": sign(SECRET, BODY)}


class TestARefusal:
    @pytest.mark.parametrize("status", [401, 429, 500, 503, 599])
    def test_takes_no_message_and_is_kept_with_its_reason(
        self, status: int, sandbox: SandboxServer, send: Call
    ) -> None:
        sandbox.fail(status)
        answer = send(MESSAGE)
        assert (answer.status, answer.reason) == (
            status,
            f"a fault on demand: answered with {status}",
        )
        assert "Retry-After" not in answer.headers
        assert sandbox.inbox.messages() == []
        [entry] = sandbox.inbox.refused()
        assert (entry.status, entry.payload, entry.body) == (status, MESSAGE, BODY)
        assert entry.reasons == (answer.reason,)
        assert entry.fault == f"answered with {status}"
        assert entry.signature is not None
        assert entry.signature.matches
        assert send(MESSAGE).json["success"] is True

    @pytest.mark.parametrize("status", [429, 503])
    def test_may_ask_to_wait(self, status: int, sandbox: SandboxServer, send: Call) -> None:
        sandbox.fail(status, retry_after=120)
        answer = send(MESSAGE)
        assert answer.headers["Retry-After"] == "120"
        assert "Retry-After: 120" in answer.reason

    def test_leaves_a_request_that_cannot_be_read_and_pages_alone(
        self, sandbox: SandboxServer, call: Call
    ) -> None:
        sandbox.fail(500)
        assert call("POST", "/api/send_message", headers={"Content-Length": "x"}).status == 400
        assert call("GET", "/").status == 200
        assert len(sandbox.faults.active()) == 1

    def test_keeps_the_connection(self, sandbox: SandboxServer) -> None:
        sandbox.fail(500)
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
        connection.connect()
        first = connection.sock
        for status in (500, 200):
            connection.request("POST", "/api/send_message", BODY, SIGNED)
            response = connection.getresponse()
            assert (response.status, bool(response.read())) == (status, True)
        assert connection.sock is first
        connection.close()


@pytest.fixture
def exchange(sandbox: SandboxServer) -> Iterator[Callable[..., socket.socket]]:
    """Send a message, and return the socket on which its answer comes."""
    opened: list[socket.socket] = []

    def exchange(port: int = 0) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", port or sandbox.port), timeout=30)
        opened.append(connection)
        head = [
            "POST /api/send_message HTTP/1.1",
            "Host: 127.0.0.1",
            f"Content-Length: {len(BODY)}",
            *(f"{name}: {value}" for name, value in SIGNED.items()),
        ]
        connection.sendall("\r\n".join([*head, "", ""]).encode() + BODY)
        return connection

    yield exchange
    for connection in opened:
        connection.close()


def read_all(connection: socket.socket) -> tuple[bytes, bytes]:
    """Read to the end of the connection, but not without end; return head and body."""
    data = b""
    while len(data) < TOO_LONG and (received := connection.recv(65536)):
        data += received
    head, _, body = data.partition(b"\r\n\r\n")
    return head, body


class TestASpoiltAnswer:
    """The message was taken: whoever asks again may deliver it twice."""

    def test_that_is_garbage_says_200_and_is_no_json(
        self, sandbox: SandboxServer, send: Call
    ) -> None:
        sandbox.fail("garbage")
        answer = send(MESSAGE)
        assert answer.status == 200
        with pytest.raises(ValueError, match="codec"):
            json.loads(answer.body)
        [entry] = sandbox.inbox.accepted()
        assert entry.fault == "answered with what is no JSON"
        assert send(MESSAGE).json["success"] is True
        assert sandbox.inbox.accepted()[1].fault == ""

    def test_that_is_slow_comes_rightly_in_the_end(
        self, sandbox: SandboxServer, send: Call
    ) -> None:
        sandbox.fail("slow", latency=0.01)
        assert send(MESSAGE).json["success"] is True
        [entry] = sandbox.inbox.accepted()
        assert entry.fault == "answered after 0.01 s"

    def test_that_is_cut_ends_halfway(
        self, sandbox: SandboxServer, exchange: Callable[..., socket.socket]
    ) -> None:
        sandbox.fail("cut")
        head, body = read_all(exchange())
        announced = int(re.findall(rb"Content-Length: (\d+)", head)[0])
        assert head.startswith(b"HTTP/1.1 200 ")
        assert len(body) == announced // 2
        assert [entry.fault for entry in sandbox.inbox.accepted()] == [
            "cut off in the middle of the answer"
        ]

    def test_that_drips_comes_a_byte_at_a_time(
        self,
        sandbox: SandboxServer,
        exchange: Callable[..., socket.socket],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        sandbox.fail("drip", times=2)
        monkeypatch.setattr(spoiling, "DRIP_SECONDS", 60)
        assert exchange().recv(65536) == b"H"
        monkeypatch.setattr(spoiling, "DRIP_SECONDS", 0)
        head, body = read_all(exchange())
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert json.loads(body)["success"] is True
        assert len(sandbox.inbox.accepted()) == 2

    def test_that_is_endless_goes_on_up_to_a_bound(
        self,
        sandbox: SandboxServer,
        exchange: Callable[..., socket.socket],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(spoiling, "MAX_ENDLESS_BYTES", 1_000_000)
        sandbox.fail("endless")
        head, body = read_all(exchange())
        assert b"Content-Length" not in head
        assert 1_000_000 < len(body) < TOO_LONG
        # It says the truth at first: who stops reading has read it.
        assert json.loads(body)["success"] is True
        assert [entry.fault for entry in sandbox.inbox.accepted()] == ["answered without an end"]

    def test_to_a_bad_message_takes_it_no_more_than_else(
        self, sandbox: SandboxServer, send: Call
    ) -> None:
        sandbox.fail("garbage", times=2)
        send(BODY, {"x_joinchat_signature": "wrong"})
        send(request({"template_type": "text"}))
        assert sandbox.inbox.messages() == []
        assert {entry.fault for entry in sandbox.inbox.refused()} == {
            "answered with what is no JSON"
        }


class TestAnAnswerThatTakesItsTime:
    """``slow``, ``drip`` and ``endless`` hold a thread, and leave none behind."""

    @pytest.fixture
    def spoiling_server(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[Callable[[str], SandboxServer]]:
        # Nothing here ends because of patience that ran out.
        monkeypatch.setattr("joinchat_django.sandbox.server._STOP_GRACE", 60)
        monkeypatch.setattr(spoiling, "DRIP_SECONDS", 60)
        monkeypatch.setattr(spoiling, "MAX_ENDLESS_BYTES", 10**12)
        server = SandboxServer(page_id=PAGE_ID, api_secret=SECRET)

        def spoilt(kind: str) -> SandboxServer:
            server.start()
            server.fail(kind, share=1, latency=600 if kind == "slow" else None)
            return server

        yield spoilt
        server.stop()

    @pytest.mark.parametrize("kind", ["slow", "drip", "endless"])
    def test_ends_when_the_client_leaves(
        self,
        kind: str,
        spoiling_server: Callable[[str], SandboxServer],
        exchange: Callable[..., socket.socket],
    ) -> None:
        server = spoiling_server(kind)
        before = set(threading.enumerate())
        connection = exchange(server.port)
        server.inbox.wait_for(1)
        assert set(threading.enumerate()) - before
        connection.close()
        wait_until(lambda: not set(threading.enumerate()) - before)

    @pytest.mark.parametrize("kind", ["slow", "drip", "endless"])
    def test_ends_when_the_server_stops(
        self,
        kind: str,
        spoiling_server: Callable[[str], SandboxServer],
        exchange: Callable[..., socket.socket],
    ) -> None:
        before = set(threading.enumerate())
        server = spoiling_server(kind)
        connection = exchange(server.port)
        server.inbox.wait_for(1)
        stopping = threading.Thread(target=server.stop, daemon=True)
        stopping.start()
        stopping.join(60)
        assert not stopping.is_alive(), "it waits for the client"
        wait_until(lambda: not set(threading.enumerate()) - before)
        while connection.recv(65536):
            pass

    def test_without_end_is_given_up_if_nobody_reads_it(
        self,
        spoiling_server: Callable[[str], SandboxServer],
        exchange: Callable[..., socket.socket],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(spoiling, "MAX_ENDLESS_SECONDS", 0.1)
        server = spoiling_server("endless")
        before = set(threading.enumerate())
        exchange(server.port)
        server.inbox.wait_for(1)
        wait_until(lambda: not set(threading.enumerate()) - before)

    def test_does_not_keep_others_from_theirs(
        self,
        spoiling_server: Callable[[str], SandboxServer],
        exchange: Callable[..., socket.socket],
    ) -> None:
        server = spoiling_server("slow")
        slow = exchange(server.port)
        server.inbox.wait_for(1)
        server.faults.clear()
        quick = exchange(server.port)
        assert quick.recv(65536).startswith(b"HTTP/1.1 200 ")
        slow.settimeout(0)
        with pytest.raises(BlockingIOError):
            slow.recv(1)
