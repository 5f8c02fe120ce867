"""What tests send to a running sandbox to control it."""

from __future__ import annotations

from collections.abc import Callable

from .conftest import Answer
from .examples import request

Call = Callable[..., Answer]
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}


def text(content: str, **fields: object) -> dict[str, object]:
    return request({"template_type": "text", "text": content}, **fields)
