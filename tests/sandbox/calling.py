"""A request to a running sandbox over HTTP, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def reason(self) -> str:
        """Why a message was refused, in the words of the answer."""
        assert self.json["success"] is False
        return str(self.json["errors"]["message"])


#: The fixtures ``call``, ``send`` and ``raw``, which differ in what they are given.
Call = Callable[..., Answer]
