"""The sandbox as an HTTP server: connections, methods, addresses, and the names it goes by."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
from typing import Any

import pytest
import requests

from joinchat_django.sandbox import Received, SandboxServer

from .calling import Call
from .examples import FULL, PAGE_ID, SECRET, request, text
from .raw_requests import BODY, SIGNATURE, raw_request


def test_a_body_of_a_mebibyte_is_read_and_a_longer_one_is_not(send: Call) -> None:
    mebibyte = 1024 * 1024
    assert send(b" " * (mebibyte - len(BODY)) + BODY).json["success"] is True
    answer = send(b" " * (mebibyte + 1 - len(BODY)) + BODY)
    assert (answer.status, answer.headers["Connection"]) == (413, "close")
    assert send(b" " * 5 * mebibyte + BODY).status == 413


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"", 411),
        (b"Transfer-Encoding: chunked\r\n", 411),
        (b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", 411),
        (b"Content-Length: -1\r\n", 400),
        (b"Content-Length: 1_0\r\n", 400),
        (b"Content-Length: 2\r\nContent-Length: 3\r\n", 400),
    ],
)
def test_a_body_of_unclear_length_is_refused(
    headers: bytes, status: int, raw: Call, sandbox: SandboxServer
) -> None:
    answer = raw(b"POST /api/send_message HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n")
    assert answer.status == status
    assert answer.headers["Connection"] == "close"
    assert [entry.status for entry in sandbox.inbox.refused()] == [status]


def test_a_body_that_breaks_off_is_refused(sandbox: SandboxServer) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=30) as connection:
        connection.sendall(raw_request(b"x_joinchat_signature: " + SIGNATURE)[:-1])
        connection.shutdown(socket.SHUT_WR)
        assert b" 400 " in connection.recv(65536)
    assert sandbox.inbox.messages() == []


def test_a_connection_is_kept_for_further_requests(sandbox: SandboxServer) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
    headers = {"x-joinchat-signature": SIGNATURE.decode()}
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("POST", "/api/send_message", BODY, headers)
        assert json.load(connection.getresponse())["success"] is True
    assert connection.sock is first
    connection.close()


def test_the_body_of_a_get_is_not_taken_for_the_next_request(raw: Call) -> None:
    answer = raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nGET ")
    assert (answer.status, answer.headers["Connection"]) == (200, "close")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_messages_are_taken_by_post_alone(method: str, call: Call) -> None:
    answer = call(method, "/api/send_message")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/_sandbox/state", "/js/analytics/sdk/abc.js"])
def test_pages_are_read_by_get_alone(path: str, call: Call) -> None:
    answer = call("POST", path, b"{}")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_a_head_is_answered_without_a_body(sandbox: SandboxServer) -> None:
    with socket.create_connection(("127.0.0.1", sandbox.port), timeout=30) as connection:
        connection.sendall(b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")
    assert b"Content-Length: 0" not in answer


@pytest.mark.parametrize(
    "path", ["/api/send_message/", "/nothing", "/_sandbox/static/sdk.js", "/../secret", "//["]
)
def test_anything_else_is_not_found(path: str, call: Call) -> None:
    assert call("GET", path).status in (400, 404)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:1", "LOCALHOST:8765", "shop.localhost", "[::1]:8765"]
)
def test_the_loopback_names_are_served(host: str, call: Call) -> None:
    assert call("GET", "/", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["attacker.example", "127.0.0.1.attacker.example", "192.0.2.1", "", "[::2]", "::1]"]
)
def test_any_other_host_name_is_refused_against_dns_rebinding(
    host: str, call: Call, raw: Call, sandbox: SandboxServer
) -> None:
    assert call("GET", "/_sandbox/messages", headers={"Host": host}).status == 421
    signed = raw_request(b"x_joinchat_signature: " + SIGNATURE)
    answer = raw(signed.replace(b"Host: 127.0.0.1", b"Host: " + host.encode()))
    assert answer.status == 421
    assert sandbox.inbox.messages() == []


def test_a_host_that_others_can_reach_has_to_be_allowed() -> None:
    with pytest.raises(ValueError, match="other machines"):
        SandboxServer(page_id=PAGE_ID, api_secret=SECRET, host="0.0.0.0")
    with SandboxServer(
        page_id=PAGE_ID, api_secret=SECRET, host="0.0.0.0", allow_remote=True
    ) as server:
        answer = requests.get(server.url, headers={"Host": "build.example"}, timeout=30)
        assert answer.status_code == 200


def test_the_sdk_is_served_to_pages_of_other_origins(call: Call, sandbox: SandboxServer) -> None:
    path = sandbox.sdk_url.format(key="15150c9d53ccc1eb21ffef1af5b6b184").removeprefix(sandbox.url)
    answer = call("GET", path)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "joinchatSendToMessengerCallback" in answer.text
    assert call("GET", f"/js/analytics/sdk/{'a' * 64}.js").status == 200
    for key in ("", "a" * 65, "a-b", "a/b", "%61"):
        assert call("GET", f"/js/analytics/sdk/{key}.js").status == 404


def test_what_was_accepted_is_there_as_json(call: Call, send: Call) -> None:
    accepted = request(FULL["list"])
    send(accepted)
    send(text(""))
    answer = call("GET", "/_sandbox/messages")
    assert answer.json == {"messages": [accepted]}
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_each_request_is_told_to_the_callback_whose_failure_harms_nothing(caplog: Any) -> None:
    told: list[Received] = []

    def tell(received: Received) -> None:
        told.append(received)
        raise RuntimeError("a bug of the caller")

    caplog.set_level(logging.CRITICAL)
    with SandboxServer(page_id=PAGE_ID, api_secret=SECRET, on_received=tell) as server:
        for signature in (SIGNATURE.decode(), "wrong"):
            headers = {"x_joinchat_signature": signature}
            answer = requests.post(server.api_url, data=BODY, headers=headers, timeout=30)
            assert answer.json()["success"] is (answer.status_code == 200)
    assert [(entry.accepted, entry.status) for entry in told] == [(True, 200), (False, 401)]


def test_a_stopped_sandbox_closes_its_connections_and_starts_again_on_its_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("joinchat_django.sandbox.server._STOP_GRACE", 60)
    server = SandboxServer(page_id=PAGE_ID, api_secret=SECRET)
    server.start()
    with pytest.raises(RuntimeError, match="running"):
        server.start()
    port = server.port
    headers = {"x_joinchat_signature": SIGNATURE.decode()}
    with requests.Session() as session:
        session.post(server.api_url, data=BODY, headers=headers, timeout=30)
        api_url = server.api_url
        stopping = threading.Thread(target=server.stop, daemon=True)
        stopping.start()
        stopping.join(30)
        assert not stopping.is_alive(), "it waits for an idle connection"
        server.stop()
        with pytest.raises(requests.ConnectionError):
            session.post(api_url, data=BODY, headers=headers, timeout=30)
        with server:
            assert server.port == port
            session.post(api_url, data=BODY, headers=headers, timeout=30)
    assert len(server.inbox.messages()) == 2
