"""Connections that send a call in one piece, and answers that keep to the end of that call."""

from __future__ import annotations

import http.client
import io
import re
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import urllib3
from urllib3 import HTTPResponse

from .signing import MaskedBytes

#: Bytes of an answer that are read in all, with its headers and whatever lengths it claims.
READ_BOUND = 512 * 1024

#: Seconds that a socket's time-out may be longer than what is left: the granularity of waiting.
TOLERANCE = 0.001

#: How urllib3 2 keeps headers. An older one hides it, and its connections return no answers of
#: urllib3's: requests go its own way there.
_HeaderDict: Any = getattr(urllib3, "HTTPHeaderDict", None)

#: Whether requests are sent and plain answers read in the quick way.
IS_QUICK = _HeaderDict is not None

#: The beginning of an answer, as almost all are: no 1xx, no header in several lines.
_HEAD = re.compile(
    rb"HTTP/1\.1 ([2-9][0-9]{2})(?: ([^\r\n]*))?\r\n"
    rb"((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[^\r\n]*\r\n){1,99})\r\n"
)
_LENGTH = re.compile(r"[0-9]{1,15}")
_NO_CONTENT = (http.client.NO_CONTENT, http.client.NOT_MODIFIED)


class OutgoingBody:
    """A request's body that knows when its call ends, by the monotonic clock.

    ``asked_for`` tells whether something of it may have left.
    """

    def __init__(self, content: bytes, end: float) -> None:
        self.content = content
        self.end = end
        self.asked_for = False

    def left(self) -> float:
        """Return the seconds that are left for sending. Raises ``TimeoutError`` if none are.

        Resolving a name has no time limit, and reaching one of several addresses has one for each.
        """
        left = self.end - time.monotonic()
        if left <= 0:
            word = "sending" if self.asked_for else "connecting"
            raise TimeoutError(f"the deadline passed while {word}")
        return left

    def __iter__(self) -> Iterator[bytes]:
        """Give the body out to a urllib3 that sends it by itself."""
        self.left()
        self.asked_for = True
        yield self.content


def timely(kind: Any) -> Any:
    """Return a class of urllib3's connections made to send an :class:`OutgoingBody` quickly.

    It does so with urllib3 2; with an older one it keeps the deadline, and is no quicker.
    Whatever else goes over such a connection goes urllib3's way, but that its answers, too, end in
    time: those of a proxy that is asked for a tunnel, and those to a request without body.
    """
    bases = (_TimelyConnection, kind) if IS_QUICK else (kind,)
    return type(kind.__name__, bases, {"response_class": TimelyResponse})


class _TimelyConnection:
    """The part of a connection that urllib3 calls for each request, in the place of its own.

    http.client sends headers and body one after the other, and prepares them line by line.
    """

    sock: Any
    _body: OutgoingBody | None = None

    def request(
        self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any
    ) -> None:
        """Send a request. The headers have to be whole, ``Host`` and ``Content-Length`` too."""
        self._body = body if isinstance(body, OutgoingBody) else None
        if self._body is None:
            super().request(method, url, body, headers, **options)  # type: ignore[misc]
            return
        if self.sock is None:
            self.connect()  # type: ignore[attr-defined]
        _send(self.sock, MaskedBytes(_head(method, url, headers) + self._body.content), self._body)

    def getresponse(self, *args: Any, **options: Any) -> Any:
        """Read an answer's status and headers, and return it with its content unread."""
        if self._body is None:
            return super().getresponse(*args, **options)  # type: ignore[misc]
        answer = TimelyResponse(self.sock, method="POST", end=self._body.end)
        self._body = None
        try:
            answer.begin()
        except BaseException:
            answer.close()
            raise
        if answer.will_close:
            self.close()  # type: ignore[attr-defined]  # The answer keeps the socket for itself.
        return HTTPResponse(
            body=answer,
            headers=_HeaderDict(answer.headers.items()),
            status=answer.status,
            version=answer.version,
            reason=answer.reason,
            preload_content=False,
            decode_content=False,
            original_response=answer,
            request_method="POST",
        )


def _head(method: str, url: str, headers: Mapping[str, str]) -> bytes:
    """Return a request's first line and headers. Raises ``ValueError`` for one in several lines."""
    head = "\r\n".join(
        [f"{method} {url} HTTP/1.1", *[f"{name}: {value}" for name, value in headers.items()]]
    )
    if head.count("\n") != len(headers) or head.count("\r") != len(headers):
        raise ValueError("a header has a line break in it")
    return f"{head}\r\n\r\n".encode("latin-1")


def _send(sock: Any, data: bytes, body: OutgoingBody) -> None:
    if not isinstance(sock, socket.socket):
        sock.settimeout(body.left())
        body.asked_for = True  # Such as TLS within TLS: what an error leaves behind is not known.
        sock.sendall(data)
        return
    rest = memoryview(data)
    while rest:
        sock.settimeout(body.left())
        # An error of the first one means that nothing left: no byte, or no whole record of TLS.
        sent = sock.send(rest)
        body.asked_for = True
        rest = rest[sent:]


class TimelyResponse(http.client.HTTPResponse):
    """A response whose socket's time-out is the time left for all of it, not for each read.

    It ends at ``end``, by the monotonic clock, or when the time-out that the socket has is over.
    """

    def __init__(self, sock: Any, *args: Any, end: float | None = None, **kwargs: Any) -> None:
        super().__init__(_TimelySocket(sock, end), *args, **kwargs)  # type: ignore[arg-type]
        self._is_ours = end is not None

    def begin(self) -> None:
        """Read the status and the headers. Raises ``http.client``'s errors for what is none."""
        if self._is_ours and self._begin_quickly():
            return
        super().begin()
        while 101 < self.status < 200:  # 103 Early Hints and the like: the answer follows.
            self.headers = None  # type: ignore[assignment]
            super().begin()
        if 200 <= self.status < 300 and self.fp.raw.ended:  # type: ignore[attr-defined]
            raise http.client.IncompleteRead(b"")  # http.client takes cut off headers for whole.
        # urllib3 would log what it cannot parse, and a peer may repeat the signature there.
        self.headers.defects.clear()
        self.headers.set_payload("")

    def _begin_quickly(self) -> bool:
        """Read an answer's beginning if it is plain, else leave it unread and return False.

        http.client parses it as an e-mail, which takes ten times as long.
        """
        found = _HEAD.match(self.fp.peek())
        if found is None or (status := int(found[1])) in _NO_CONTENT:
            return False
        lines = found[3].decode("latin-1").split("\r\n")[:-1]
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip(" \t")
        length = headers.get("content-length", "")
        is_plain = (
            len(headers) == len(lines)
            and _LENGTH.fullmatch(length)
            and "transfer-encoding" not in headers
            and headers.get("connection", "keep-alive").lower() == "keep-alive"
        )
        if not is_plain:
            return False
        self.fp.read(found.end())
        self.code = self.status = status
        self.reason = (found[2] or b"").decode("latin-1").strip()
        self.version = 11
        self.headers = self.msg = headers  # type: ignore[assignment]
        self.chunked = self.will_close = False
        self.length = int(length)
        return True


class _TimelySocket:
    """As much of a socket as ``HTTPResponse`` uses: the file to read from."""

    def __init__(self, sock: Any, end: float | None) -> None:
        self._sock = sock
        self._end = end

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimelyReader(self._sock, self._end))


class _TimelyReader(io.RawIOBase):
    """Reads at most ``READ_BOUND`` bytes, until the end."""

    def __init__(self, sock: Any, end: float | None) -> None:
        self._sock = sock
        self._file = sock.makefile("rb", buffering=0)  # Keeps the socket open, whoever closes it.
        self._end = time.monotonic() + (sock.gettimeout() or 0.0) if end is None else end
        self._allowed = READ_BOUND
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline passed while the answer was being read")
        if self._allowed <= 0:
            raise OSError("the answer does not end")
        if not left <= (self._sock.gettimeout() or 0.0) <= left + TOLERANCE:
            self._sock.settimeout(left)
        count: int = self._sock.recv_into(buffer)
        self._allowed -= count
        self.ended = count == 0
        return count

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
