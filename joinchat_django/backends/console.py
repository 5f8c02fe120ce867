"""The backend that prints messages."""

from __future__ import annotations

import json
import sys
import threading

from joinchat_django.api import Envelope, SendResult

from .base import Backend

_lock = threading.Lock()


class ConsoleBackend(Backend):
    """Writes the body that would be sent to standard output, without its signature."""

    def send(self, envelope: Envelope, *, deadline: float | None = None) -> SendResult:
        body = json.loads(envelope.body(self.bot.page_id))
        with _lock:
            sys.stdout.write(
                json.dumps(body, ensure_ascii=False, indent=2) + "\n" + "-" * 79 + "\n"
            )
            sys.stdout.flush()
        return SendResult(200)
