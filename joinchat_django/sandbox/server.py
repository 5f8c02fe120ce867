"""The sandbox's HTTP server.

Python's own server, since most WSGI servers drop a header name with underscores or join two
spellings of it, and the signature comes in such a header.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable, Collection
from http.server import ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any

from .clock import SandboxClock
from .endpoint import SendMessageEndpoint
from .faults import Fault, Faults
from .handler import SandboxHandler
from .hosts import is_loopback_name
from .pages import API_PATH
from .received import Received
from .store import Inbox

logger = logging.getLogger(__name__)

_STOP_GRACE = 2.0


class SandboxHTTPServer(ThreadingHTTPServer):
    """Listens and gives each connection a thread. Closing it closes the connections too."""

    daemon_threads = True
    request_queue_size = 256
    # On Windows the option would let two servers share a port.
    allow_reuse_address = os.name != "nt"

    def __init__(
        self,
        address: tuple[str, int],
        *,
        family: socket.AddressFamily,
        endpoint: SendMessageEndpoint,
        inbox: Inbox,
        faults: Faults,
        loopback_only: bool,
        on_received: Callable[[Received], None],
    ) -> None:
        self.address_family = family
        self.endpoint = endpoint
        self.inbox = inbox
        self.faults = faults
        self.stopping = threading.Event()
        self.loopback_only = loopback_only
        self.on_received = on_received
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        super().__init__(address, SandboxHandler)

    @property
    def url(self) -> str:
        """The address to call it by, without a slash at the end."""
        host, port = self.server_address[:2]
        name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(str(host), str(host))  # noqa: S104
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    def server_bind(self) -> None:
        # HTTPServer's own looks the host's name up, which can take seconds without a network.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def server_close(self) -> None:
        """Stop listening, let requests in hand be answered, then close what is still open."""
        super().server_close()
        self.stopping.set()
        self._hang_up(socket.SHUT_RD)
        with self._changed:
            self._changed.wait_for(lambda: not self._open, _STOP_GRACE)
        self._hang_up(socket.SHUT_RDWR)

    def _hang_up(self, how: int) -> None:
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(how)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if not isinstance(error, (ConnectionError, TimeoutError)):
            logger.error("A connection to the sandbox failed.", exc_info=error)


class SandboxServer:
    """A sandbox for one bot, in threads of its own::

        with SandboxServer(page_id=12345, api_secret="…") as sandbox:
            client = Client(page_id=12345, api_secret="…", api_url=sandbox.api_url)
            ...
            sandbox.inbox.wait_for(1)

    ``port`` 0 takes a free one; it keeps it when it is stopped and started again.
    ``extra_tags`` are message tags allowed besides the contract's. ``lenient`` accepts messages
    that the contract or the 24-hour window refuses, and notes why it should not. ``on_received``
    is called with each request that was accepted or refused, from the thread that answers it.
    Raises ``ValueError`` for a host that other machines can reach, unless ``allow_remote`` is set.
    """

    def __init__(
        self,
        *,
        page_id: int,
        api_secret: str,
        host: str = "127.0.0.1",
        port: int = 0,
        extra_tags: Collection[str] = (),
        allow_remote: bool = False,
        lenient: bool = False,
        on_received: Callable[[Received], None] | None = None,
    ) -> None:
        if not allow_remote and not is_loopback_name(host):
            raise ValueError(
                f"The host {host!r} can be reached from other machines. "
                "Use 127.0.0.1, or allow it with allow_remote."
            )
        self.host = host
        self.port = port
        self.lenient = lenient
        self.inbox = Inbox()
        self.faults = Faults()
        self._allow_remote = allow_remote
        self._loopback_only = is_loopback_name(host)
        self._on_received = on_received
        self._endpoint = SendMessageEndpoint(
            page_id=page_id,
            api_secret=api_secret,
            inbox=self.inbox,
            extra_tags=extra_tags,
            lenient=lenient,
            # Whoever reads the expected signatures could have anything signed.
            reveal=not allow_remote,
        )
        self._running: tuple[SandboxHTTPServer, threading.Thread] | None = None

    def start(self) -> None:
        """Bind the port and begin to answer. Raises ``OSError`` if the port is taken."""
        if self._running is not None:
            raise RuntimeError("The sandbox is running already.")
        family, address = _resolve(self.host)
        if not self._allow_remote and not is_loopback_name(address):
            raise ValueError(f"The host {self.host!r} is {address}, which is not this machine.")
        server = SandboxHTTPServer(
            (address, self.port),
            family=family,
            endpoint=self._endpoint,
            inbox=self.inbox,
            faults=self.faults,
            loopback_only=self._loopback_only,
            on_received=self._tell,
        )
        self.port = server.server_port
        thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), name="joinchat-sandbox", daemon=True
        )
        thread.start()
        self._running = server, thread

    def stop(self) -> None:
        """Answer what is in hand, close every connection and free the port. The inbox stays."""
        if self._running is None:
            return
        server, thread = self._running
        self._running = None
        server.shutdown()
        server.server_close()
        thread.join()

    def __enter__(self) -> SandboxServer:
        self.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The inbox's address without a slash at the end. Known once the server is started."""
        if self._running is None:
            raise RuntimeError("The sandbox is not running: call start() first.")
        return self._running[0].url

    @property
    def api_url(self) -> str:
        """What a bot's ``API_URL`` is to be set to."""
        return self.url + API_PATH

    @property
    def sdk_url(self) -> str:
        """What a bot's ``SDK_URL`` is to be set to; ``{key}`` stands for the SDK key."""
        return self.url + "/js/analytics/sdk/{key}.js"

    @property
    def clock(self) -> SandboxClock:
        """The sandbox's time, which the inbox and its page go by."""
        return self.inbox.clock

    def fail(
        self,
        kind_or_status: str | int,
        *,
        times: int | None = None,
        share: float | None = None,
        seconds: float | None = None,
        retry_after: int | None = None,
        latency: float | None = None,
    ) -> Fault:
        """Spoil answers to messages: the next ``times``, a ``share``, or all for ``seconds``.

        ``fail(429, times=2, retry_after=5)`` or ``fail("slow", latency=20)``; see ``Fault`` for
        the kinds, and for the ``ValueError`` that it raises. ``faults.clear()`` ends it.
        """
        fault = Fault.of(
            kind_or_status,
            times=times,
            share=share,
            seconds=seconds,
            retry_after=retry_after,
            latency=latency,
        )
        self.faults.add(fault)
        return fault

    def _tell(self, received: Received) -> None:
        if self._on_received is not None:
            try:
                self._on_received(received)
            except Exception:
                logger.exception("The sandbox's on_received callback failed.")


def _resolve(host: str) -> tuple[socket.AddressFamily, str]:
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    # IPv4 first: "localhost" is then the address that most clients try.
    family, _, _, _, address = min(found, key=lambda item: item[0] != socket.AF_INET)
    return family, str(address[0])
