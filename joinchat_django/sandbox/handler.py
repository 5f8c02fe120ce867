"""One HTTP connection to the sandbox: reading requests, finding their route, answering."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from . import control, pages
from .endpoint import answer_to
from .faults import Fault
from .hosts import is_loopback_name, without_port
from .responses import Response, json_response, text_response
from .spoiling import GARBAGE, Wire, spoil

if TYPE_CHECKING:
    from .server import SandboxHTTPServer

logger = logging.getLogger(__name__)

MAX_BODY = 1024 * 1024
MAX_DISCARDED = 8 * MAX_BODY

_UNKNOWN_HOST = (
    "the sandbox listens on this machine alone; call it by 127.0.0.1 or localhost, "
    "or start it with --allow-remote"
)


class _Unreadable(Exception):
    """The request's body cannot be read; the connection ends with the answer."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class SandboxHandler(BaseHTTPRequestHandler):
    """Serves one connection. Header names arrive as they were sent, underscores included."""

    server: SandboxHTTPServer
    protocol_version = "HTTP/1.1"
    server_version = "JoinChatSandbox"
    sys_version = ""
    timeout = 60
    disable_nagle_algorithm = True
    wbufsize = -1

    def _dispatch(self) -> None:
        self._fault: Fault | None = None
        try:
            response = self._answer()
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            logger.exception("The sandbox failed at %s.", self.path)
            response = text_response(500, "The sandbox failed; see its log.")
        if self._fault is None:
            self._send(response)
        else:
            self._send_spoiled(response, self._fault)

    do_GET = do_HEAD = do_POST = _dispatch  # noqa: N815
    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _dispatch  # noqa: N815

    def _answer(self) -> Response:
        if self.command != "POST" and self._announces_body():
            # Nobody reads that body: it must not be taken for the next request.
            self.close_connection = True
        try:
            url = urlsplit(self.path)
        except ValueError:
            return text_response(400, "This address cannot be read.")
        if url.path == pages.API_PATH:
            return self._send_message()
        if not self._host_is_known():
            return text_response(421, _UNKNOWN_HOST)
        reading = self.command in ("GET", "HEAD")
        page, found = pages.find(url.path), control.find(url.path)
        if page and reading:
            return page(self.server, url.query)
        if found and (act := found[0].methods.get("GET" if reading else self.command)):
            return self._control(found[0], partial(act, **found[1]), url.query)
        self.close_connection = self.close_connection or not reading
        allowed = [*(["GET"] if page else []), *(found[0].methods if found else [])]
        if allowed:
            return _method_not_allowed(*allowed)
        return text_response(404, "Nothing is here. The inbox is at /.")

    def _control(self, route: control.Route, act: Callable[..., Response], query: str) -> Response:
        changes = self.command not in ("GET", "HEAD")
        has_body = self.command == "POST"
        try:
            if changes and not route.from_pages and (why := control.why_foreign(self.headers)):
                raise _Unreadable(403, why)
            if has_body and not control.is_type(self.headers, route.content_type):
                raise _Unreadable(415, f"send Content-Type: {route.content_type}")
            body = self._read_body(control.MAX_BODY) if has_body else b""
        except _Unreadable as error:
            return control.error(error.status, error.reason, close=True)
        try:
            return act(self.server, control.Request(query, body))
        except control.Refused as refused:
            return control.error(refused.status, refused.text)

    def _send_message(self) -> Response:
        if self.command != "POST":
            return _method_not_allowed("POST")
        endpoint = self.server.endpoint
        try:
            if not self._host_is_known():
                raise _Unreadable(421, _UNKNOWN_HOST)
            body = self._read_body(MAX_BODY)
        except _Unreadable as error:
            received = endpoint.refuse(error.status, error.reason, headers=self.headers)
            self.server.on_received(received)
            return json_response(received.status, answer_to(received), close=True)
        self._fault = fault = self.server.faults.take()
        words = "" if fault is None else str(fault)
        if fault is not None and fault.refusal is not None:
            reason = f"a fault on demand: {words}"
            received = endpoint.refuse(
                fault.refusal, reason, headers=self.headers, body=body, fault=words
            )
        else:
            received = endpoint.receive(self.headers, body, fault=words)
        self.server.on_received(received)
        headers = {}
        if fault is not None and fault.retry_after is not None:
            headers["Retry-After"] = str(fault.retry_after)
        return json_response(received.status, answer_to(received), headers=headers)

    def _send_spoiled(self, response: Response, fault: Fault) -> None:
        wire = Wire(self.connection, self.server.stopping)
        if fault.kind in ("cut", "drip", "endless"):
            spoil(wire, response, fault)
            self.close_connection = True
            return
        if fault.kind == "slow" and not wire.wait(fault.patience):
            self.close_connection = True
            return
        self._send(GARBAGE if fault.kind == "garbage" else response)

    def _read_body(self, most: int) -> bytes:
        lengths = self.headers.get_all("Content-Length") or []
        if self.headers.get_all("Transfer-Encoding") or not lengths:
            raise _Unreadable(
                411, "send the body in one piece with a Content-Length; chunks are refused"
            )
        if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", lengths[0].strip()):
            raise _Unreadable(400, "the Content-Length is not one number")
        length = int(lengths[0])
        if length > most:
            raise _Unreadable(413, f"at most {most} bytes of body, found {length}")
        body = self.rfile.read(length)
        if len(body) < length:
            raise _Unreadable(400, f"the body ended after {len(body)} of {length} bytes")
        return body

    def _announces_body(self) -> bool:
        return bool(
            self.headers.get("Transfer-Encoding") or self.headers.get("Content-Length", "0") != "0"
        )

    def _host_is_known(self) -> bool:
        """Keep a foreign page out that has its own name point at this machine (DNS rebinding)."""
        if not self.server.loopback_only:
            return True
        found = self.headers.get_all("Host") or []
        return len(found) == 1 and is_loopback_name(without_port(found[0].strip()))

    def _send(self, response: Response) -> None:
        self.close_connection = self.close_connection or response.close
        self.send_response(response.status)
        for name, value in response.all_headers().items():
            self.send_header(name, value)
        if self.close_connection and not response.close:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        if self.close_connection:
            self.wfile.flush()
            self._discard_rest()

    def _discard_rest(self) -> None:
        """Take what the client is still sending, within bounds, so that it reads the answer."""
        if not self._announces_body():
            return
        self.connection.settimeout(0.5)
        discarded = 0
        try:
            while discarded < MAX_DISCARDED and (piece := self.rfile.read1(65536)):
                discarded += len(piece)
        except OSError:
            pass

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        logger.debug(format, *args)


def _method_not_allowed(*methods: str) -> Response:
    allowed = ", ".join(dict.fromkeys(methods)).replace("GET", "GET, HEAD")
    return text_response(405, f"Use {allowed} here.", {"Allow": allowed})
