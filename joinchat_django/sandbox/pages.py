"""What the sandbox serves by GET: the inbox, what it is made of, and the SDK script."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from . import inbox
from .responses import Response, json_response, text_response

if TYPE_CHECKING:
    from .server import SandboxHTTPServer

    Page = Callable[[SandboxHTTPServer, str], Response]

API_PATH = "/api/send_message"

_CSS = "text/css; charset=utf-8"
_JAVASCRIPT = "text/javascript; charset=utf-8"
_PACKAGE = Path(__file__).resolve().parent
_SDK = _PACKAGE / "static/sdk.js"
_FILES = {
    **{path.name: (path, _CSS) for path in (_PACKAGE / "static").glob("*.css")},
    **{path.name: (path, _JAVASCRIPT) for path in (_PACKAGE / "static").glob("inbox*.js")},
    "preview.css": (_PACKAGE.parent / "static/joinchat_django/preview.css", _CSS),
}


def find(path: str) -> Page | None:
    """Return the function that answers a GET of this path, given the server and the query."""
    for pattern, page in _PAGES:
        if match := re.fullmatch(pattern, path):
            return partial(page, **match.groupdict())
    return None


def _inbox(server: SandboxHTTPServer, query: str) -> Response:
    try:
        asked = inbox.Asked.by(query)
    except ValueError:
        return text_response(400, "This address cannot be read.")
    endpoint = server.endpoint
    about = inbox.About(
        server.url, endpoint.page_id, endpoint.is_lenient, tuple(server.faults.active())
    )
    page = inbox.render(server.inbox, about, asked)
    return Response(200, page.encode("utf-8", "replace"), "text/html; charset=utf-8")


def _state(server: SandboxHTTPServer, query: str) -> Response:
    box = server.inbox
    found = {"run": box.run, "version": box.version, "dropped": box.dropped}
    return json_response(200, {**found, "faults": len(server.faults.active())})


def _messages(server: SandboxHTTPServer, query: str) -> Response:
    return json_response(200, {"messages": server.inbox.messages()})


def _body(server: SandboxHTTPServer, query: str, number: str) -> Response:
    found = server.inbox.find(int(number))
    if found is None:
        return text_response(404, "No such request.")
    # As text that nothing runs in: the policy, nosniff and the type see to that.
    headers = {"Content-Disposition": f'inline; filename="request-{found.number}.txt"'}
    return Response(200, found.body, "text/plain; charset=utf-8", headers)


def _static(server: SandboxHTTPServer, query: str, name: str) -> Response:
    if name not in _FILES:
        return text_response(404, "No such file.")
    path, content_type = _FILES[name]
    return Response(200, path.read_bytes(), content_type)


def _sdk(server: SandboxHTTPServer, query: str) -> Response:
    # A page of another origin embeds it.
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    return Response(200, _SDK.read_bytes(), _JAVASCRIPT, headers)


_PAGES: tuple[tuple[str, Callable[..., Response]], ...] = (
    ("/", _inbox),
    ("/_sandbox/state", _state),
    ("/_sandbox/messages", _messages),
    ("/_sandbox/messages/(?P<number>[0-9]{1,18})/body", _body),
    ("/_sandbox/static/(?P<name>[a-z0-9_.-]+)", _static),
    (r"/js/analytics/sdk/[0-9a-zA-Z]{1,64}\.js", _sdk),
)
