"""Servers to try the way to, with TLS and without."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from joinchat_django.api.connection import ConnectionReport, check_connection
from tests.programs import require_program

#: Seconds after which a test that hangs is given up.
PATIENCE = 10.0


class Handler(BaseHTTPRequestHandler):
    """Answers each request by its server's status, and keeps what it was asked."""

    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        self.server.requests.append((self.requestline, dict(self.headers)))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_POST = do_CONNECT = answer  # noqa: N815

    def log_message(self, *_args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A server on a free port of this machine, with TLS if it is given a context."""

    daemon_threads = False
    tls: ssl.SSLContext | None = None
    status = 405

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, dict[str, str]]] = []

    def get_request(self) -> tuple[socket.socket, Any]:
        accepted, address = super().get_request()
        accepted.settimeout(PATIENCE)
        return accepted, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self.tls:
            try:
                request = self.tls.wrap_socket(request, server_side=True)
            except OSError:
                return
        with request:
            super().finish_request(request, client_address)

    def handle_error(self, *_args: Any) -> None:
        pass

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


@contextlib.contextmanager
def serving(*, tls: ssl.SSLContext | None = None, status: int = 405) -> Iterator[Server]:
    with Server() as server:
        server.tls, server.status = tls, status
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join(PATIENCE)


def openssl(arguments: str) -> bool:
    """Run openssl, and tell whether it took the arguments."""
    command = [require_program("openssl"), *arguments.split()]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def tls_of(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def check(url: str, **options: Any) -> ConnectionReport:
    """Check a connection, whatever proxies the machine has."""
    return check_connection(url, **{"proxies": {}, "deadline": PATIENCE, **options})
