"""What has reached the sandbox, and what the outbox says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from joinchat_django.models import OutboxMessage
from shop.demo.transcript import StepFailed

if TYPE_CHECKING:
    from joinchat_django.sandbox import SandboxServer
    from shop.demo.browser import Browser


class Arrivals:
    """Looks into the sandbox for what one person was sent."""

    def __init__(self, browser: Browser, sandbox: SandboxServer, uuid: str) -> None:
        self._browser = browser
        self._sandbox = sandbox
        self._uuid = uuid

    def expect(self, what: str, is_it: Callable[[dict[str, Any]], bool]) -> None:
        """See that the sandbox has accepted a message. Raises ``StepFailed``."""
        address = f"{self._sandbox.url}/_sandbox/messages"
        for payload in self._browser.fetch(address).json()["messages"]:
            if payload["recipient"] == {"uuid": self._uuid} and is_it(payload["message"]):
                return
        if refused := self._sandbox.inbox.refused():
            reasons = "; ".join(refused[-1].reasons)
            raise StepFailed(
                f"The sandbox has no {what}. It refused with {refused[-1].status}: {reasons}.",
                f"{self._sandbox.url}/ and JOINCHAT in the settings.",
            )
        raise StepFailed(
            f"The sandbox has no {what}.",
            f"The error in the outbox row, and {self._sandbox.url}/.",
        )

    def expect_sent(self, row: OutboxMessage) -> None:
        """See that the outbox knows it. Raises ``StepFailed``."""
        row.refresh_from_db()
        if row.status != OutboxMessage.Status.SENT:
            error = row.last_error or "none noted"
            raise StepFailed(
                f"The outbox row says {row.status}; error: {error}",
                f"Row {row.pk} of the outbox in the admin. Once the cause is mended, "
                "manage.py joinchat_worker --once sends what is due.",
            )
