from __future__ import annotations

import http.client
import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
import requests

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import Received, SandboxServer

from .conftest import Answer
from .examples import FULL, PAGE_EXAMPLES, PAGE_ID, SECRET, full_request, request

Send = Callable[..., Answer]
BODY = json.dumps(request(FULL["text"])).encode()
SIGNATURE = sign(SECRET, BODY).encode()


def raw_request(*headers: bytes, body: bytes = BODY) -> bytes:
    lines = [
        b"POST /api/send_message HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


@pytest.mark.parametrize("name", PAGE_EXAMPLES)
def test_the_contract_pages_examples_arrive(name: str, send: Send, sandbox: SandboxServer) -> None:
    answer = send(PAGE_EXAMPLES[name])
    assert answer.status == 200
    assert answer.json["success"] is True
    assert answer.json["message_id"]
    assert sandbox.inbox.messages() == [PAGE_EXAMPLES[name]]


@pytest.mark.parametrize(
    "headers",
    [
        (b"x_joinchat_signature: " + SIGNATURE,),
        (b"x-joinchat-signature: " + SIGNATURE,),
        (b"X_JoinChat_Signature: " + SIGNATURE,),
        (b"X-JOINCHAT-SIGNATURE:" + SIGNATURE + b" \t",),
        (b"x_joinchat_signature: " + SIGNATURE, b"x-joinchat-signature: " + SIGNATURE),
    ],
)
def test_the_signature_is_read_from_either_spelling_or_both(
    headers: tuple[bytes, ...], raw: Send
) -> None:
    assert raw(raw_request(*headers)).json["success"] is True


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ((), "no signature"),
        ((b"x_joinchat_signature:",), "does not match"),
        ((b"joinchat_signature: " + SIGNATURE,), "no signature"),
        (
            (b"x_joinchat_signature: " + SIGNATURE, b"x-joinchat-signature: AAAA"),
            "different values",
        ),
        ((b"x_joinchat_signature: " + SIGNATURE,) * 2, "2 times"),
        ((b"x-joinchat-signature: " + SIGNATURE + b", " + SIGNATURE,), "comma"),
        ((b"x_joinchat_signature: " + SIGNATURE[:-1],), "does not match"),
        ((b"x_joinchat_signature: " + SIGNATURE.lower(),), "does not match"),
        ((b"x_joinchat_signature: \xff\xfe",), "does not match"),
        ((b"x_joinchat_signature: " + sign("another", BODY).encode(),), "does not match"),
        ((b"x_joinchat_signature: " + sign(SECRET, BODY + b" ").encode(),), "does not match"),
    ],
)
def test_a_request_without_the_one_right_signature_gets_401(
    headers: tuple[bytes, ...], reason: str, raw: Send, sandbox: SandboxServer
) -> None:
    answer = raw(raw_request(*headers))
    assert answer.status == 401
    assert reason in answer.reason
    assert SECRET not in answer.text
    assert SIGNATURE.decode() not in answer.text
    assert sandbox.inbox.messages() == []
    assert [entry.status for entry in sandbox.inbox.refused()] == [401]


def test_the_signature_covers_the_exact_bytes(send: Send) -> None:
    spaced = b'{ "page_id":12345 ,"recipient":{"uuid":"1"},' + (
        '"message":{"template_type":"text","text":"嗨 \\u4f60 👋"}}\r\n'.encode()
    )
    assert send(spaced).json["success"] is True
    assert send(spaced, {"x_joinchat_signature": sign(SECRET, spaced.strip())}).status == 401


def test_the_inbox_keeps_every_reason_and_the_answer_tells_the_one_that_decides(
    send: Send, sandbox: SandboxServer
) -> None:
    faulty = request({"template_type": "text"}, page_id=PAGE_ID + 1, delay=11)
    wrong = {"x_joinchat_signature": "AAAA"}
    foreign = "page_id: not the page of this bot; compare PAGE_ID in the JOINCHAT setting"
    faults = ("message.text: required", "delay: at most 10, found 11")

    answer = send(faulty, wrong)
    [entry] = sandbox.inbox.refused()
    assert (answer.status, entry.besides) == (401, (foreign, *faults))
    assert entry.reasons == (answer.reason,)
    assert "delay" not in answer.reason
    assert "besides, delay: at most 10, found 11" in entry.all_reasons

    answer = send(faulty)
    entry = sandbox.inbox.refused()[-1]
    assert (answer.status, answer.reason, entry.besides) == (403, foreign, faults)

    answer = send(b"{", wrong)
    [besides] = sandbox.inbox.refused()[-1].besides
    assert answer.status == 401
    assert besides.startswith("the body is not JSON")


def test_the_signature_alone_stands_against_a_right_message(
    send: Send, sandbox: SandboxServer
) -> None:
    send(request(FULL["text"]), {"x_joinchat_signature": "AAAA"})
    [entry] = sandbox.inbox.refused()
    assert entry.all_reasons == entry.reasons
    assert len(entry.reasons) == 1


def test_another_page_gets_403(send: Send, sandbox: SandboxServer) -> None:
    answer = send(request(FULL["text"], page_id=PAGE_ID + 1))
    assert answer.status == 403
    assert "page_id" in answer.reason
    assert sandbox.inbox.messages() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff", b'{"a":1,"a":2}'])
def test_a_body_that_is_no_json_object_gets_400(body: bytes, send: Send) -> None:
    assert send(body).status == 400


def test_a_faulty_message_gets_200_and_every_reason(send: Send, sandbox: SandboxServer) -> None:
    payload = request({"template_type": "text", "text": "x" * 641}, delay=11)
    answer = send(payload)
    assert answer.status == 200
    assert answer.reason == (
        "message.text: at most 640 characters, found 641; delay: at most 10, found 11"
    )
    [entry] = sandbox.inbox.refused()
    assert entry.payload == payload
    assert "; ".join(entry.reasons) == answer.reason
    assert sandbox.inbox.messages() == []


@pytest.mark.parametrize("page_id", [True, "12345", 12345.0, None])
def test_a_page_id_that_is_no_integer_is_a_fault_of_the_message(page_id: Any, send: Send) -> None:
    answer = send(request(FULL["text"], page_id=page_id))
    assert (answer.status, "page_id: must be an integer" in answer.reason) == (200, True)


def test_lone_surrogates_are_refused_and_answered(send: Send, call: Send) -> None:
    body = BODY.replace(b"Hello", b"\\ud800")
    assert "surrogate" in send(body).reason
    assert send(BODY.replace(b'"text": "Hello"', b'"\\udfff": 1')).json["success"] is False
    assert call("GET", "/?to=refused").status == 200


def test_extra_tags_are_those_of_the_server() -> None:
    payload = json.dumps(request(FULL["text"], tag="HUMAN_AGENT")).encode()
    headers = {"x_joinchat_signature": sign(SECRET, payload)}
    with SandboxServer(page_id=PAGE_ID, api_secret=SECRET, extra_tags=["HUMAN_AGENT"]) as server:
        answer = requests.post(server.api_url, data=payload, headers=headers, timeout=30)
        assert answer.json()["success"] is True


def test_a_failure_of_the_sandbox_itself_accepts_nothing(
    send: Send, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("joinchat_django.sandbox.endpoint.check_request", broken)
    caplog.set_level(logging.CRITICAL)
    answer = send(full_request("text"))
    assert answer.status == 500
    assert "success" in answer.json
    assert sandbox.inbox.messages() == []
    assert [entry.status for entry in sandbox.inbox.refused()] == [500]


def test_a_body_of_a_mebibyte_is_read_and_a_longer_one_is_not(send: Send) -> None:
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
    headers: bytes, status: int, raw: Send, sandbox: SandboxServer
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


def test_the_body_of_a_get_is_not_taken_for_the_next_request(raw: Send) -> None:
    answer = raw(b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nGET ")
    assert (answer.status, answer.headers["Connection"]) == (200, "close")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_messages_are_taken_by_post_alone(method: str, call: Send) -> None:
    answer = call(method, "/api/send_message")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/", "/_sandbox/state", "/js/analytics/sdk/abc.js"])
def test_pages_are_read_by_get_alone(path: str, call: Send) -> None:
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
def test_anything_else_is_not_found(path: str, call: Send) -> None:
    assert call("GET", path).status in (400, 404)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:1", "LOCALHOST:8765", "shop.localhost", "[::1]:8765"]
)
def test_the_loopback_names_are_served(host: str, call: Send) -> None:
    assert call("GET", "/", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host", ["attacker.example", "127.0.0.1.attacker.example", "192.0.2.1", "", "[::2]", "::1]"]
)
def test_any_other_host_name_is_refused_against_dns_rebinding(
    host: str, call: Send, raw: Send, sandbox: SandboxServer
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


def test_the_sdk_is_served_to_pages_of_other_origins(call: Send, sandbox: SandboxServer) -> None:
    path = sandbox.sdk_url.format(key="15150c9d53ccc1eb21ffef1af5b6b184").removeprefix(sandbox.url)
    answer = call("GET", path)
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "joinchatSendToMessengerCallback" in answer.text
    assert call("GET", f"/js/analytics/sdk/{'a' * 64}.js").status == 200
    for key in ("", "a" * 65, "a-b", "a/b", "%61"):
        assert call("GET", f"/js/analytics/sdk/{key}.js").status == 404


def test_what_was_accepted_is_there_as_json(call: Send, send: Send) -> None:
    send(PAGE_EXAMPLES["a list"])
    send(request({"template_type": "text", "text": ""}))
    answer = call("GET", "/_sandbox/messages")
    assert answer.json == {"messages": [PAGE_EXAMPLES["a list"]]}
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
