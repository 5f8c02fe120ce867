from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from joinchat_django.api.signing import sign
from joinchat_django.sandbox import SandboxServer

from .examples import PAGE_ID, SECRET


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """Why a message was refused, in the words of the answer."""
        assert self.json["success"] is False
        return str(self.json["errors"]["message"])


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
def call(sandbox: SandboxServer) -> Callable[..., Answer]:
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
def send(call: Callable[..., Answer]) -> Callable[..., Answer]:
    """Send a payload, or bytes, signed as the contract asks unless other headers are given."""

    def send(payload: Any, headers: Mapping[str, str] | None = None) -> Answer:
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        if headers is None:
            headers = {"x_joinchat_signature": sign(SECRET, body)}
        return call("POST", "/api/send_message", body, headers)

    return send


@pytest.fixture
def raw(sandbox: SandboxServer) -> Callable[..., Answer]:
    """Send bytes as they are over a socket and read one answer."""

    def raw(data: bytes) -> Answer:
        with socket.create_connection(("127.0.0.1", sandbox.port), timeout=30) as connection:
            connection.sendall(data)
            response = http.client.HTTPResponse(connection)
            response.begin()
            return Answer(response.status, dict(response.getheaders()), response.read())

    return raw
