"""What a test lets happen while a call is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from joinchat_django.api import Envelope, SendResult
from joinchat_django.backends import Backend


def before_each_call(
    monkeypatch: pytest.MonkeyPatch, backend: type[Backend], do: Callable[[Envelope], object]
) -> None:
    """Let something happen in the thread of each call, before the backend sends the message."""
    send: Callable[..., SendResult] = backend.send

    def do_and_send(self: Backend, envelope: Envelope, **options: Any) -> SendResult:
        do(envelope)
        return send(self, envelope, **options)

    monkeypatch.setattr(backend, "send", do_and_send)
