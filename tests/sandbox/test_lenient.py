"""A lenient sandbox takes what the contract refuses, and notes what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import Received, SandboxServer

from .examples import FULL, PAGE_ID, SECRET, full_request, request

Send = Callable[..., Received]


@pytest.fixture(scope="module")
def running_lenient_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(page_id=PAGE_ID, api_secret=SECRET, lenient=True) as server:
        yield server


@pytest.fixture
def lenient(running_lenient_sandbox: SandboxServer) -> SandboxServer:
    running_lenient_sandbox.clock.reset()
    running_lenient_sandbox.inbox.clear()
    return running_lenient_sandbox


@pytest.fixture
def send(lenient: SandboxServer) -> Send:
    """Send a payload and return what the sandbox made of it."""

    def send(payload: Any, signature: str = "") -> Received:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        headers = {"x_joinchat_signature": signature or sign(SECRET, body)}
        answer = requests.post(lenient.api_url, data=body, headers=headers, timeout=30)
        entry = lenient.inbox.entries()[1][-1]
        assert answer.json()["success"] is entry.accepted
        assert answer.status_code == entry.status
        return entry

    return send


def test_a_right_message_has_nothing_overlooked(send: Send, lenient: SandboxServer) -> None:
    assert lenient.lenient
    entry = send(full_request("list"))
    assert (entry.accepted, entry.overlooked, entry.reasons) == (True, (), ())


@pytest.mark.parametrize(
    ("payload", "overlooked"),
    [
        (
            request({"template_type": "text", "text": "x" * 641}, delay=11, surplus=1),
            (
                "message.text: at most 640 characters, found 641",
                "delay: at most 10, found 11",
                "surplus: unknown field; known here: page_id, recipient, message, tag, delay",
            ),
        ),
        (
            {"page_id": PAGE_ID, "recipient": {"uuid": "1"}},
            ("message: required",),
        ),
        (
            request(FULL["text"], recipient={"uuid": "1", "name": "Tom"}),
            ("recipient.name: unknown field; known here: id, phone, email, uuid",),
        ),
    ],
)
def test_a_faulty_message_is_taken_with_a_note_of_each_fault(
    payload: dict[str, Any], overlooked: tuple[str, ...], send: Send
) -> None:
    entry = send(payload)
    assert entry.accepted
    assert entry.overlooked == overlooked
    assert entry.payload == payload


@pytest.mark.parametrize(
    "message", [None, [], "text", {}, {"template_type": "media"}, {"template_type": []}]
)
def test_a_message_of_any_shape_is_taken_and_shown(
    message: Any, send: Send, lenient: SandboxServer
) -> None:
    entry = send({"page_id": PAGE_ID, "recipient": {"uuid": "1"}, "message": message, "delay": []})
    assert entry.accepted
    assert entry.deliver_at == entry.at
    assert requests.get(lenient.url, timeout=30).status_code == 200


@pytest.mark.parametrize(("delay", "seconds"), [(-1, 0), (11, 10), (10**40, 10), (True, 0)])
def test_a_delay_beyond_the_contract_is_cut(delay: Any, seconds: int, send: Send) -> None:
    entry = send(request(FULL["text"], delay=delay))
    assert entry.deliver_at is not None
    assert (entry.deliver_at - entry.at).total_seconds() == seconds


def test_the_window_is_overlooked_and_noted(send: Send, lenient: SandboxServer) -> None:
    send(request(FULL["text"]))
    lenient.clock.move(90_000)
    entry = send(request(FULL["text"], delay=11))
    assert entry.accepted
    assert entry.overlooked[0] == "delay: at most 10, found 11"
    assert entry.overlooked[1].startswith('recipient.uuid: "123456" was last active 1 day 1 h ago')
    assert send(request(FULL["text"], tag="ACCOUNT_UPDATE")).overlooked == ()


@pytest.mark.parametrize(
    ("payload", "status", "reason"),
    [
        (b"{", 400, "the body is not JSON"),
        (b"[]", 400, "the body must be one JSON object"),
        (b'{"page_id": 1, "page_id": 2}', 400, "stands twice"),
        (request(FULL["text"], page_id=1), 403, "page_id: not the page of this bot"),
        (request(FULL["text"], page_id="12345"), 200, "page_id: must be an integer"),
        ({"recipient": {"uuid": "1"}}, 200, "page_id: required"),
        ({"page_id": PAGE_ID}, 200, "recipient: required"),
        (request(FULL["text"], recipient={}), 200, "exactly one of"),
        (request(FULL["text"], recipient={"uuid": "1", "id": "1"}), 200, "exactly one of"),
        (request(FULL["text"], recipient={"uuid": 1}), 200, "recipient.uuid: must be a string"),
        (request(FULL["text"], recipient={"uuid": ""}), 200, "recipient.uuid: must not be empty"),
        (request(FULL["text"], recipient="tom"), 200, "recipient: must be an object"),
    ],
)
def test_json_the_page_and_one_recipient_are_still_demanded(
    payload: Any, status: int, reason: str, send: Send
) -> None:
    entry = send(payload)
    assert not entry.accepted
    assert entry.status == status
    assert reason in entry.reasons[0]


def test_the_signature_is_still_demanded(send: Send) -> None:
    entry = send(full_request("text"), signature="AAAA")
    assert (entry.accepted, entry.status) == (False, 401)


def test_what_it_would_overlook_is_no_reason_besides_the_signature(send: Send) -> None:
    assert send(request(FULL["text"], delay=11), signature="AAAA").besides == ()
    entry = send({"recipient": {"uuid": "1"}, "delay": 11}, signature="AAAA")
    assert entry.besides == ("page_id: required",)
