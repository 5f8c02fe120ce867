"""The backend that drops messages."""

from __future__ import annotations

from joinchat_django.api import Envelope, SendResult

from .base import Backend


class DummyBackend(Backend):
    """Accepts every message and does nothing with it."""

    def send(self, envelope: Envelope, *, deadline: float | None = None) -> SendResult:
        return SendResult(200)
