"""The shop and the JoinChat sandbox, served from threads of this process on loopback."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from joinchat_django.sandbox import SandboxServer

HOST = "127.0.0.1"

Server = TypeVar("Server")


class ShopServer:
    """The shop with its static files. The port is taken at once, requests are served later.

    Raises ``OSError`` if the port is taken.
    """

    def __init__(self, port: int) -> None:
        self._server = ThreadedWSGIServer((HOST, port), WSGIRequestHandler)
        self._server.set_app(StaticFilesHandler(WSGIHandler()))
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="shop", daemon=True
        )
        self.url = f"http://{HOST}:{self._server.server_port}"

    def serve(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and free the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


@contextmanager
def shop_server(preferred: int) -> Iterator[ShopServer]:
    """A shop on the preferred port or a free one, stopped at the end."""
    shop = _on_a_free_port(ShopServer, preferred)
    try:
        yield shop
    finally:
        shop.stop()


@contextmanager
def sandbox_server(preferred: int, *, page_id: int, api_secret: str) -> Iterator[SandboxServer]:
    """A running sandbox on the preferred port or a free one, stopped at the end."""

    def start(port: int) -> SandboxServer:
        sandbox = SandboxServer(page_id=page_id, api_secret=api_secret, host=HOST, port=port)
        sandbox.start()
        return sandbox

    sandbox = _on_a_free_port(start, preferred)
    try:
        yield sandbox
    finally:
        sandbox.stop()


def _on_a_free_port(start: Callable[[int], Server], preferred: int) -> Server:
    """Start a server on the preferred port, one of the nine after it, or any that is free."""
    for port in range(preferred, preferred + 10):
        try:
            return start(port)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    return start(0)
