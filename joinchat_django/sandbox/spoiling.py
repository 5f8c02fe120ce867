"""How an answer is spoiled on the wire: late, cut off, byte by byte or without an end.

Each way ends at once when the client leaves or the server stops. A client that has closed its
own side for sending has left, as far as can be told.
"""

from __future__ import annotations

import socket
import threading
import time

from .faults import Fault
from .responses import Response

GARBAGE = Response(200, b"<h1>\xff\x00 502 Bad Gateway</h1> {not JSON", "text/html; charset=utf-8")
"""An answer that is no JSON, such as a proxy sends."""

DRIP_SECONDS = 0.1
"""The pause after each byte of an answer that drips."""

MAX_ENDLESS_BYTES = 64 * 1024 * 1024
MAX_ENDLESS_SECONDS = 120.0

MAX_SENDING_SECONDS = 120.0
"""How long a client may take to read a piece of an answer that has an end."""

_STEP = 0.05
_BLANKS = b" " * 65536


class Wire:
    """A client's connection with an answer due on it, for as long as there is any use in it."""

    def __init__(self, connection: socket.socket, stopping: threading.Event) -> None:
        self._connection = connection
        self._stopping = stopping

    def wait(self, seconds: float) -> bool:
        """Wait, and tell whether the client is still there and the server still runs."""
        before = self._connection.gettimeout()
        try:
            return self._wait_until(time.monotonic() + seconds)
        finally:
            self._connection.settimeout(before)

    def send(self, data: bytes, seconds: float | None = None) -> bool:
        """Send all of it, within ``MAX_SENDING_SECONDS`` unless others are given.

        False if that cannot be done any more.
        """
        end = time.monotonic() + (MAX_SENDING_SECONDS if seconds is None else seconds)
        before = self._connection.gettimeout()
        rest = memoryview(data)
        try:
            self._connection.settimeout(_STEP)
            while rest:
                if self._stopping.is_set() or time.monotonic() > end:
                    return False
                try:
                    rest = rest[self._connection.send(rest) :]
                except TimeoutError:
                    continue
            return True
        except OSError:
            return False
        finally:
            self._connection.settimeout(before)

    def _wait_until(self, end: float) -> bool:
        while not self._stopping.is_set():
            left = end - time.monotonic()
            if left <= 0:
                return True
            step = max(0.001, min(left, _STEP))
            try:
                self._connection.settimeout(step)
                if not self._connection.recv(1, socket.MSG_PEEK):
                    return False
            except TimeoutError:
                continue
            except OSError:
                return False
            # It has sent its next request already, so that there is nothing to wait for on it.
            self._stopping.wait(step)
        return False


def spoil(wire: Wire, response: Response, fault: Fault) -> None:
    """Send an answer as a fault of kind ``cut``, ``drip`` or ``endless`` has it.

    The connection is of no use afterwards.
    """
    if fault.kind == "cut":
        wire.send(response.head(close=True) + response.body[: len(response.body) // 2])
    elif fault.kind == "drip":
        for byte in response.head(close=True) + response.body:
            if not (wire.send(bytes([byte])) and wire.wait(DRIP_SECONDS)):
                return
    else:
        _never_end(wire, response)


def _never_end(wire: Wire, response: Response) -> None:
    """Send the answer and blanks after it, without a length, until the client has enough."""
    end = time.monotonic() + MAX_ENDLESS_SECONDS
    sent = 0
    still_there = wire.send(response.head(close=True, with_length=False) + response.body)
    while still_there and sent < MAX_ENDLESS_BYTES:
        left = end - time.monotonic()
        still_there = left > 0 and wire.send(_BLANKS, left)
        sent += len(_BLANKS)
