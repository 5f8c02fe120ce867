"""What the sandbox answers over HTTP, and the headers that go with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src http: https: data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
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


def json_response(status: int, data: Any, *, close: bool = False) -> Response:
    """Answer with JSON, in ASCII, so that any text can be in it."""
    return Response(status, json.dumps(data).encode(), "application/json", close=close)


def text_response(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """Answer with one line for a person."""
    return Response(status, f"{text}\n".encode(), "text/plain; charset=utf-8", headers or {})
