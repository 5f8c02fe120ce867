from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from joinchat_django.sandbox.server import SandboxServer

PAGE_ID = 12345
SECRET = "the-secret-of-the-tests"


@pytest.fixture
def sandbox() -> Iterator[SandboxServer]:
    """JoinChat's stand-in on a free port of this machine."""
    with SandboxServer(page_id=PAGE_ID, api_secret=SECRET) as server:
        yield server


@pytest.fixture
def over_http(sandbox: SandboxServer, settings: Any) -> SandboxServer:
    """A site whose bot sends to the sandbox over real HTTP; a worker delivers."""
    settings.JOINCHAT = {
        "default": {"PAGE_ID": PAGE_ID, "API_SECRET": SECRET, "API_URL": sandbox.api_url}
    }
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
    return sandbox


@pytest.fixture
def unanswered() -> Iterator[str]:
    """The URL of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api/send_message"
