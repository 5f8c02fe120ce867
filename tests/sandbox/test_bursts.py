"""Many clients at once: nothing is lost, nothing is doubled, and memory stays bounded."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
import requests

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import SandboxServer

from .examples import FULL, SECRET, request

MOST_BYTES = 64 * 1024 * 1024
"""The sandbox's bound for accepted requests, and that for refused ones."""


def at_once(count: int, client: Callable[[int], None]) -> None:
    """Run so many clients, which all start together."""
    start = threading.Barrier(count)

    def run(number: int) -> None:
        start.wait(60)
        client(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def text(number: int, content: str) -> bytes:
    message = {"template_type": "text", "text": content}
    return json.dumps(request(message, recipient={"id": str(number)})).encode()


def test_a_burst_loses_nothing_and_keeps_each_clients_order(sandbox: SandboxServer) -> None:
    def client(number: int) -> None:
        with requests.Session() as session:
            for count in range(10):
                body = text(number, f"{number}-{count}")
                headers = {"x-joinchat-signature": sign(SECRET, body)}
                session.post(sandbox.api_url, data=body, headers=headers, timeout=60)

    at_once(20, client)
    found = sandbox.inbox.wait_for(200)
    for number in range(20):
        texts = [m["message"]["text"] for m in found if m["recipient"]["id"] == str(number)]
        assert texts == [f"{number}-{count}" for count in range(10)]


@pytest.mark.thorough
def test_what_was_answered_with_success_is_there_exactly_once(sandbox: SandboxServer) -> None:
    clients, each = 60, 75
    told: list[str] = []

    def client(number: int) -> None:
        kept_alive = requests.Session() if number % 2 else None
        for count in range(each):
            body = text(number, f"{number}-{count}")
            headers = {"x-joinchat-signature": sign(SECRET, body)}
            post = kept_alive.post if kept_alive else requests.post
            answer = post(sandbox.api_url, data=body, headers=headers, timeout=60)
            told.append(answer.json()["message_id"])
        if kept_alive:
            kept_alive.close()

    at_once(clients, client)
    found = sandbox.inbox.accepted()
    assert len(told) == clients * each
    assert sorted(entry.message_id for entry in found) == sorted(told)
    assert len({entry.field("message")["text"] for entry in found}) == clients * each
    assert [entry.number for entry in found] == list(range(found[0].number, found[-1].number + 1))


@pytest.mark.thorough
def test_many_large_bodies_stay_within_the_bounds(sandbox: SandboxServer) -> None:
    length = 900_000
    body = json.dumps(request(FULL["text"])).encode().rjust(length)

    def client(number: int) -> None:
        for signature in (sign(SECRET, body), "wrong") * 10:
            headers = {"x-joinchat-signature": signature}
            requests.post(sandbox.api_url, data=body, headers=headers, timeout=60)

    at_once(8, client)
    latest = sandbox.inbox.entries()[1][-1].number
    for entries in (sandbox.inbox.accepted(), sandbox.inbox.refused()):
        assert len(entries) == MOST_BYTES // length
        assert sum(entry.size for entry in entries) <= MOST_BYTES
        # The oldest made room.
        assert entries[-1].number > latest - 20
    sandbox.inbox.clear()
