from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import SandboxServer

from .calling import Answer, Call
from .examples import PAGE_ID, SECRET


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(page_id=PAGE_ID, api_secret=SECRET) as server:
        yield server


@pytest.fixture
def sandbox(running_sandbox: SandboxServer) -> SandboxServer:
    """A sandbox on a free port with nothing in it."""
    running_sandbox.faults.clear()
    running_sandbox.clock.reset()
    running_sandbox.inbox.clear()
    return running_sandbox


@pytest.fixture
def call(sandbox: SandboxServer) -> Call:
    """Send one request to the sandbox."""

    def call(
        method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    return call


@pytest.fixture
def send(call: Call) -> Call:
    """Send a payload, or bytes, signed as the contract asks unless other headers are given."""

    def send(payload: Any, headers: Mapping[str, str] | None = None) -> Answer:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        if headers is None:
            headers = {"x_joinchat_signature": sign(SECRET, body)}
        return call("POST", "/api/send_message", body, headers)

    return send


@pytest.fixture
def raw(sandbox: SandboxServer) -> Call:
    """Send bytes as they are over a socket and read one answer."""

    def raw(data: bytes) -> Answer:
        with socket.create_connection(("127.0.0.1", sandbox.port), timeout=30) as connection:
            connection.sendall(data)
            response = http.client.HTTPResponse(connection)
            response.begin()
            return Answer(response.status, dict(response.getheaders()), response.read())

    return raw
