"""What the sandbox serves by GET: the inbox, what it is made of, and the SDK script."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

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
    "inbox.css": (_PACKAGE / "static/inbox.css", _CSS),
    "inbox.js": (_PACKAGE / "static/inbox.js", _JAVASCRIPT),
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
        selected = parse_qs(query, max_num_fields=20).get("to", [""])[0]
    except ValueError:
        return text_response(400, "This address cannot be read.")
    page = inbox.render(server.inbox, base_url=server.url, selected=selected)
    return Response(200, page.encode("utf-8", "replace"), "text/html; charset=utf-8")


def _state(server: SandboxHTTPServer, query: str) -> Response:
    return json_response(200, {"run": server.inbox.run, "version": server.inbox.version})


def _messages(server: SandboxHTTPServer, query: str) -> Response:
    return json_response(200, {"messages": server.inbox.messages()})


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
    ("/_sandbox/static/(?P<name>[a-z.]+)", _static),
    (r"/js/analytics/sdk/[0-9a-zA-Z]{1,64}\.js", _sdk),
)
