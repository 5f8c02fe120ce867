"""Real HTTP servers on loopback, which answer as a test tells them to, byte by byte if need be."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

#: Seconds after which a server gives a client up, so that no broken test hangs.
PATIENCE = 10.0


@dataclass(frozen=True)
class Request:
    """A request as it came: header names in the very spelling of the wire."""

    line: str
    headers: list[tuple[str, str]]
    body: bytes

    def values(self, name: str) -> list[str]:
        """Return the values of the headers that are spelled exactly so."""
        return [value for given, value in self.headers if given == name]


@dataclass
class Connection:
    """A client's connection, to be answered on. ``gone`` says that the client has left it."""

    socket: socket.socket
    gone: threading.Event
    sent: int = 0
    _unread: bytes = field(default=b"", repr=False)

    def read_request(self) -> Request | None:
        """Return the next request, None at the end of the connection."""
        head = self._read_until(b"\r\n\r\n")
        if head is None:
            return None
        line, *lines = head.decode("latin-1").split("\r\n")
        headers = [(name, value) for name, _, value in (text.partition(": ") for text in lines)]
        lengths = (int(value) for name, value in headers if name.lower() == "content-length")
        length = next(lengths, 0)
        while len(self._unread) < length:
            self._unread += self.socket.recv(65536)
        body, self._unread = self._unread[:length], self._unread[length:]
        return Request(line, headers, body)

    def send(self, content: bytes) -> bool:
        """Send bytes as they are; False once the client has gone."""
        try:
            self.socket.sendall(content)
        except OSError:
            self.gone.set()
            return False
        self.sent += len(content)
        return True

    def reply(self, content: bytes | str, status: str = "200 OK", *headers: str) -> None:
        """Send a whole, well-formed answer and keep the connection."""
        data = content.encode() if isinstance(content, str) else content
        lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(data)}", "", ""]
        self.send("\r\n".join(lines).encode() + data)

    def drip(self, content: bytes, every: float = 0.025) -> None:
        """Send one byte at a time until all is sent or the client has gone."""
        for byte in content:
            if not self.send(bytes([byte])) or self.left_by_client_within(every):
                return

    def flood(self, content: bytes, total: int) -> None:
        """Send the bytes again and again, as fast as they are taken, up to a total."""
        while self.sent < total and self.send(content):
            pass

    def reset(self) -> None:
        """End the connection with a TCP reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        """End the connection in good order."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def left_by_client_within(self, seconds: float) -> bool:
        """Wait for the client to leave; True once it has."""
        self.socket.settimeout(seconds)
        try:
            left = not self.socket.recv(1)
        except TimeoutError:
            left = False
        except OSError:
            left = True
        self.socket.settimeout(PATIENCE)
        if left:
            self.gone.set()
        return left

    def _read_until(self, end: bytes) -> bytes | None:
        while end not in self._unread:
            received = self.socket.recv(65536)
            if not received:
                return None
            self._unread += received
        found, _, self._unread = self._unread.partition(end)
        return found


#: Answers one request on a connection.
Answer = Callable[[Request, Connection], object]


class LoopbackServer:
    """Keeps what it was sent, and answers every request by a function.

    ``answer`` may do what it likes with the connection, close it included. Use it in a ``with``.
    """

    def __init__(self, answer: Answer, *, tls: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        self.gone = threading.Event()
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self._threads = [threading.Thread(target=self._accept)]

    @property
    def place(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{self.place}/api/send_message"

    @property
    def bot(self) -> dict[str, Any]:
        """The settings of a bot that calls this server, whatever proxy the machine has."""
        return {
            "PAGE_ID": 1,
            "API_SECRET": "of-the-tests",
            "API_URL": self.url,
            "OPTIONS": {"proxies": {}},
        }

    def __enter__(self) -> LoopbackServer:
        self._threads[0].start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(PATIENCE)
        self._listener.close()
        for connection in self.connections:
            connection.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _accept(self) -> None:
        while True:
            try:
                accepted, _address = self._listener.accept()
            except OSError:
                return
            accepted.settimeout(PATIENCE)
            thread = threading.Thread(target=self._serve, args=(accepted,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, accepted: socket.socket) -> None:
        if self._tls:
            try:
                accepted = self._tls.wrap_socket(accepted, server_side=True)
            except OSError:
                accepted.close()
                return
        connection = Connection(accepted, self.gone)
        self.connections.append(connection)
        with contextlib.suppress(OSError):
            while request := connection.read_request():
                self.requests.append(request)
                self.answer(request, connection)
        connection.close()


def replying(content: bytes | str, status: str = "200 OK", *headers: str) -> Answer:
    """Return an answer that is always this one."""
    return lambda _request, connection: connection.reply(content, status, *headers)


def sending(*parts: bytes) -> Answer:
    """Return an answer of exactly these bytes, after which the connection ends."""

    def answer(_request: Request, connection: Connection) -> None:
        connection.send(b"".join(parts))
        connection.close()

    return answer


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
