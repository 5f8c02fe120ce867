"""A signed request, and the bytes that it is sent as."""

from __future__ import annotations

import json

from joinchat_django.api.signing import sign

from .examples import FULL, SECRET, request

BODY = json.dumps(request(FULL["text"])).encode()
SIGNATURE = sign(SECRET, BODY).encode()


def raw_request(*headers: bytes, body: bytes = BODY) -> bytes:
    lines = [
        b"POST /api/send_message HTTP/1.1",
        b"Host: 127.0.0.1",
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
