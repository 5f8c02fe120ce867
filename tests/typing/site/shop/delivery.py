"""A backend and a dispatcher of the shop's own."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

from django.core import checks
from typing_extensions import assert_type, override

from joinchat_django.api import Envelope, Message, Rejected, SendResult
from joinchat_django.backends import Backend
from joinchat_django.backends.http import HTTPBackend
from joinchat_django.conf import Bot
from joinchat_django.delivery.dispatchers import Dispatcher


class FileBackend(Backend):
    """Writes messages into a folder."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(bot)
        self.folder = Path("/var/spool") / bot.alias

    @override
    def send(self, envelope: Envelope, *, deadline: float | None = None) -> SendResult:
        assert_type(envelope.message, Message)
        if envelope.recipient.kind == "phone":
            raise Rejected("No telephones here.", status=400)
        name = f"{envelope.recipient.value}.json"
        (self.folder / name).write_bytes(envelope.body(self.bot.page_id))
        return SendResult(200, answer=f"{deadline or self.bot.options.deadline:.0f} s were enough")


class PatientBackend(HTTPBackend):
    """Takes its time."""

    @override
    def send(self, envelope: Envelope, *, deadline: float | None = None) -> SendResult:
        return super().send(envelope, deadline=None if deadline is None else deadline * 2)


class BellDispatcher(Dispatcher):
    """Rings for a thread that delivers."""

    bell: ClassVar[threading.Event] = threading.Event()

    @override
    def wake(self) -> None:
        self.bell.set()

    @classmethod
    @override
    def check(cls) -> list[checks.CheckMessage]:
        return [checks.Warning("Nobody listens to the bell.", id="shop.W001")]
