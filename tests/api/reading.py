"""Reading the bytes of an answer, in the quick way and by http.client."""

from __future__ import annotations

import http.client
import socket
from typing import Any

from joinchat_django.api.timely import TimelyResponse


def read_by(raw: bytes, *, end: float | None) -> dict[str, Any]:
    """Read an answer, with an end quickly if it can be, else by http.client alone."""
    here, there = socket.socketpair()
    with here, there:
        there.sendall(raw)
        there.shutdown(socket.SHUT_WR)
        here.settimeout(5)
        answer = TimelyResponse(here, method="POST", end=end)
        try:
            answer.begin()
            content = answer.read(1000)
        except (http.client.HTTPException, ValueError) as error:
            return {"error": type(error)}
        finally:
            answer.close()
        names = ("status", "reason", "version", "chunked", "length", "will_close")
        headers = {name.lower(): value.strip() for name, value in answer.headers.items()}
        return {name: getattr(answer, name) for name in names} | {**headers, "": content}
