"""What the sandbox answers over HTTP, and the headers that go with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src http: https: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""The Content-Security-Policy of everything but the SDK: nothing inline, nothing from elsewhere."""


@dataclass(frozen=True)
class Response:
    """Status, body and headers. ``close`` ends the connection after it."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    close: bool = False

    def all_headers(self) -> dict[str, str]:
        """Return every header: nothing is cached, framed, sniffed or read from another origin."""
        headers = {
            "Content-Type": self.content_type,
            "Content-Length": str(len(self.body)),
            "Cache-Control": "no-store",
            "Content-Security-Policy": PAGE_POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            **self.headers,
        }
        if self.close:
            headers["Connection"] = "close"
        return headers

    def head(self, *, close: bool = False, with_length: bool = True) -> bytes:
        """Return the status line and the headers as they go over the wire."""
        headers = replace(self, close=self.close or close).all_headers()
        if not with_length:
            del headers["Content-Length"]
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def json_response(
    status: int, data: Any, *, headers: Mapping[str, str] | None = None, close: bool = False
) -> Response:
    """Answer with JSON, in ASCII, so that any text can be in it."""
    body = json.dumps(data).encode()
    return Response(status, body, "application/json", headers or {}, close=close)


def text_response(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with one line for a person."""
    return Response(status, f"{text}\n".encode(), "text/plain; charset=utf-8", headers or {})


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
