"""What the sandbox answers to a message: signature, page, body and fields are checked."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import requests

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import SandboxServer

from .calling import Call
from .examples import FULL, PAGE_ID, SECRET, full_request, request
from .raw_requests import BODY, SIGNATURE, raw_request


@pytest.mark.parametrize("kind", FULL)
def test_a_right_message_arrives(kind: str, send: Call, sandbox: SandboxServer) -> None:
    answer = send(full_request(kind))
    assert answer.status == 200
    assert answer.json["success"] is True
    assert answer.json["message_id"]
    assert sandbox.inbox.messages() == [full_request(kind)]


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
    headers: tuple[bytes, ...], raw: Call
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
    headers: tuple[bytes, ...], reason: str, raw: Call, sandbox: SandboxServer
) -> None:
    answer = raw(raw_request(*headers))
    assert answer.status == 401
    assert reason in answer.reason
    assert SECRET not in answer.text
    assert SIGNATURE.decode() not in answer.text
    assert sandbox.inbox.messages() == []
    assert [entry.status for entry in sandbox.inbox.refused()] == [401]


def test_the_signature_covers_the_exact_bytes(send: Call) -> None:
    spaced = b'{ "page_id":12345 ,"recipient":{"uuid":"1"},' + (
        '"message":{"template_type":"text","text":"嗨 \\u4f60 👋"}}\r\n'.encode()
    )
    assert send(spaced).json["success"] is True
    assert send(spaced, {"x_joinchat_signature": sign(SECRET, spaced.strip())}).status == 401


def test_the_inbox_keeps_every_reason_and_the_answer_tells_the_one_that_decides(
    send: Call, sandbox: SandboxServer
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
    send: Call, sandbox: SandboxServer
) -> None:
    send(request(FULL["text"]), {"x_joinchat_signature": "AAAA"})
    [entry] = sandbox.inbox.refused()
    assert entry.all_reasons == entry.reasons
    assert len(entry.reasons) == 1


def test_another_page_gets_403(send: Call, sandbox: SandboxServer) -> None:
    answer = send(request(FULL["text"], page_id=PAGE_ID + 1))
    assert answer.status == 403
    assert "page_id" in answer.reason
    assert sandbox.inbox.messages() == []


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff", b'{"a":1,"a":2}'])
def test_a_body_that_is_no_json_object_gets_400(body: bytes, send: Call) -> None:
    assert send(body).status == 400


def test_a_faulty_message_gets_200_and_every_reason(send: Call, sandbox: SandboxServer) -> None:
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
def test_a_page_id_that_is_no_integer_is_a_fault_of_the_message(page_id: Any, send: Call) -> None:
    answer = send(request(FULL["text"], page_id=page_id))
    assert (answer.status, "page_id: must be an integer" in answer.reason) == (200, True)


def test_lone_surrogates_are_refused_and_answered(send: Call, call: Call) -> None:
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
    send: Call, sandbox: SandboxServer, monkeypatch: pytest.MonkeyPatch, caplog: Any
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
