"""Trying the way to a server of this machine."""

from __future__ import annotations

import contextlib
import http
import socket
import threading
from collections.abc import Iterator
from typing import Any

from joinchat_django.api.connection import ConnectionReport, check_connection
from tests.servers import PATIENCE, Answer, replying


def answering(status: int = 405) -> Answer:
    """Answer each request with this status and nothing else; 405 as JoinChat does to a probe."""
    return replying("", f"{status} {http.HTTPStatus(status).phrase}")


@contextlib.contextmanager
def saying(words: bytes) -> Iterator[str]:
    """Run a server that says the same to its first client whatever that asks; yield its place."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)

        def serve() -> None:
            # The client may never come, or be gone again.
            with contextlib.suppress(OSError):
                accepted, _address = listener.accept()
                with accepted:
                    accepted.settimeout(PATIENCE)
                    accepted.recv(1000)
                    accepted.sendall(words)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        thread.join(PATIENCE)


def check(url: str, **options: Any) -> ConnectionReport:
    """Check a connection, whatever proxies the machine has."""
    return check_connection(url, **{"proxies": {}, "deadline": PATIENCE, **options})
