"""What is done to a running sandbox over HTTP: faults, the clock, deleting, who is active.

JSON in and out; an answer of 4xx is ``{"error": "…"}``. A page of another site cannot call it: a
browser says where a request comes from, and sends JSON or ``DELETE`` nowhere else unasked. Only
the SDK script, which runs on the site's own pages, may tell of a click from there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from email.message import Message
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from .contract import RECIPIENT_KEYS, NotAnObject, read_body
from .faults import ActiveFault, Fault
from .responses import Response, json_response

if TYPE_CHECKING:
    from .server import SandboxHTTPServer

MAX_BODY = 16 * 1024
"""The most bytes that a request to control the sandbox may have."""

_MAX_NAME = 2000
_UUID = re.compile("[A-Za-z0-9._~:@+/=-]{1,255}")
_FAULT_FIELDS = tuple(item.name for item in fields(Fault))


class Refused(Exception):
    """The request is not carried out; status and text of the answer say why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


@dataclass(frozen=True)
class Request:
    """A request that has passed the guard of its route."""

    query: str = ""
    body: bytes = b""

    def json(self) -> dict[str, Any]:
        """Return the JSON object of the body. Raises ``Refused`` if it holds none."""
        try:
            return read_body(self.body)
        except NotAnObject as error:
            raise Refused(400, str(error)) from None

    def only(self, *names: str) -> dict[str, Any]:
        """Return the JSON object, which may have no other keys than these."""
        data = self.json()
        if surplus := sorted(data.keys() - set(names)):
            raise Refused(400, f"{surplus[0]:.60}: not known here; known are {', '.join(names)}")
        return data


@dataclass(frozen=True)
class Route:
    """What one path does for each method, and the ``Content-Type`` that a POST has to have.

    ``from_pages`` lets pages of other sites call it.
    """

    pattern: str
    methods: Mapping[str, Callable[..., Response]]
    content_type: str = "application/json"
    from_pages: bool = False


def find(path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the route of this path, with what its pattern names."""
    for route in _ROUTES:
        if match := re.fullmatch(route.pattern, path):
            return route, match.groupdict()
    return None


def why_foreign(headers: Message) -> str:
    """Say why a request that changes something is refused as another site's; empty if it is not.

    Browsers send ``Sec-Fetch-Site`` and ``Origin``, and let no page change them. Other clients
    send neither.
    """
    sites = headers.get_all("Sec-Fetch-Site") or []
    if any(site.strip() not in ("same-origin", "none") for site in sites):
        return "the sandbox is controlled from its own page alone, or by a program"
    host = (headers.get("Host") or "").strip().lower()
    for origin in headers.get_all("Origin") or []:
        try:
            called_from = urlsplit(origin.strip()).netloc.lower()
        except ValueError:
            called_from = ""
        if not called_from or called_from != host:
            return "the Origin is another one than the sandbox; control it from its own page"
    return ""


def is_type(headers: Message, content_type: str) -> bool:
    """Tell whether the request has exactly one ``Content-Type``, which is this one."""
    found = headers.get_all("Content-Type") or []
    return len(found) == 1 and found[0].partition(";")[0].strip().lower() == content_type


def error(status: int, text: str, *, close: bool = False) -> Response:
    """Answer that a request was not carried out, and why."""
    return json_response(status, {"error": text}, close=close)


def _list_faults(server: SandboxHTTPServer, request: Request) -> Response:
    return json_response(200, {"faults": [_shown(found) for found in server.faults.active()]})


def _add_fault(server: SandboxHTTPServer, request: Request) -> Response:
    options = {k: v for k, v in request.only(*_FAULT_FIELDS).items() if v is not None}
    if "kind" not in options and "status" not in options:
        raise Refused(400, "kind: required, or the status to answer with")
    if "kind" not in options and isinstance(options["status"], str):
        # A text would be taken for a kind.
        raise Refused(400, "status: must be a number: 401, 429 or 500 to 599")
    try:
        fault = (
            Fault(**options) if "kind" in options else Fault.of(options.pop("status"), **options)
        )
        server.faults.add(fault)
    except ValueError as wrong:
        raise Refused(400, str(wrong)) from None
    return json_response(201, {"faults": [_shown(found) for found in server.faults.active()]})


def _clear_faults(server: SandboxHTTPServer, request: Request) -> Response:
    return json_response(200, {"cleared": server.faults.clear()})


def _show_clock(server: SandboxHTTPServer, request: Request) -> Response:
    clock = server.inbox.clock
    ahead = clock.ahead.total_seconds()
    return json_response(200, {"now": clock.now().isoformat(), "ahead": ahead})


def _set_clock(server: SandboxHTTPServer, request: Request) -> Response:
    data = request.only("forward", "reset")
    if data == {"reset": True}:
        server.inbox.clock.reset()
        return _show_clock(server, request)
    seconds = data.get("forward")
    if len(data) != 1 or not isinstance(seconds, (int, float)) or isinstance(seconds, bool):
        raise Refused(400, 'send {"forward": seconds} or {"reset": true}')
    try:
        server.inbox.clock.move(seconds)
    except ValueError as wrong:
        raise Refused(400, f"forward: {wrong}") from None
    return _show_clock(server, request)


def _clear_messages(server: SandboxHTTPServer, request: Request) -> Response:
    server.inbox.clear()
    return json_response(200, {"cleared": True})


def _delete_message(server: SandboxHTTPServer, request: Request, number: str) -> Response:
    if not server.inbox.delete(int(number)):
        raise Refused(404, f"no request has the number {number}")
    return json_response(200, {"deleted": 1})


def _delete_conversation(server: SandboxHTTPServer, request: Request) -> Response:
    try:
        named = parse_qs(request.query, max_num_fields=20).get("to", [])
    except ValueError:
        named = []
    kind, value = _person(named[0] if len(named) == 1 else None)
    return json_response(200, {"deleted": server.inbox.delete_conversation(kind, value)})


def _touch(server: SandboxHTTPServer, request: Request) -> Response:
    kind, value = _person(request.only("to").get("to"))
    server.inbox.touch(kind, value)
    return json_response(200, {"to": f"{kind}:{value}"})


def _click(server: SandboxHTTPServer, request: Request) -> Response:
    uuid = request.body.decode("latin-1")
    if not _UUID.fullmatch(uuid):
        raise Refused(400, "the body is the uuid alone: 1 to 255 of A-Z a-z 0-9 . _ ~ : @ + / = -")
    server.inbox.touch("uuid", uuid)
    # Else the browser would report a failure to the page that sent it.
    return json_response(200, {}, headers={"Cross-Origin-Resource-Policy": "cross-origin"})


def _person(name: object) -> tuple[str, str]:
    """Return the recipient of a name such as ``uuid:123``."""
    if isinstance(name, str) and len(name) <= _MAX_NAME:
        kind, _, value = name.partition(":")
        if kind in RECIPIENT_KEYS and value:
            return kind, value
    raise Refused(
        400, f"to: one recipient, such as uuid:123; before the colon {', '.join(RECIPIENT_KEYS)}"
    )


def _shown(active: ActiveFault) -> dict[str, Any]:
    given = {name: value for name, value in asdict(active.fault).items() if value is not None}
    left = {"times_left": active.times_left, "seconds_left": active.seconds_left}
    return {**given, "text": str(active.fault), **left}


_ROUTES = (
    Route("/_sandbox/faults", {"GET": _list_faults, "POST": _add_fault, "DELETE": _clear_faults}),
    Route("/_sandbox/clock", {"GET": _show_clock, "POST": _set_clock}),
    Route("/_sandbox/messages", {"DELETE": _clear_messages}),
    Route("/_sandbox/messages/(?P<number>[0-9]{1,18})", {"DELETE": _delete_message}),
    Route("/_sandbox/conversations", {"DELETE": _delete_conversation}),
    Route("/_sandbox/activity", {"POST": _touch}),
    Route("/_sandbox/clicks", {"POST": _click}, "text/plain", from_pages=True),
)
