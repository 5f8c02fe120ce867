"""The backend that keeps messages in memory."""

from __future__ import annotations

from dataclasses import dataclass

from joinchat_django.api import Envelope, SendResult

from .base import Backend


@dataclass(frozen=True)
class Delivered:
    """A message that was delivered into memory."""

    bot: str
    envelope: Envelope


#: What has been delivered in this process, oldest first, without a bound. Whoever tests with it
#: calls ``delivered.clear()`` before each test; :mod:`joinchat_django.test` and the pytest plug-in
#: do so by themselves.
delivered: list[Delivered] = []


class LocMemBackend(Backend):
    """Keeps messages in :data:`delivered`, for tests."""

    def send(self, envelope: Envelope, *, deadline: float | None = None) -> SendResult:
        delivered.append(Delivered(self.bot.alias, envelope))
        return SendResult(200)
