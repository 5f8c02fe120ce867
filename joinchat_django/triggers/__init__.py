"""Triggers: functions that turn a Django signal into messages.

They live in a site's ``joinchat.py`` modules, which are imported at start-up::

    @triggers.on(order_placed)
    def order_receipt(sender, order, **kwargs):
        return triggers.Send(order.user, "receipt", context={...}, idempotency_key=f"r-{order.pk}")

Staff can switch each of them off in the admin, which also shows how they fare.
"""

from __future__ import annotations

from . import records, switches
from .firing import Trigger, raise_errors
from .listening import Listening, on, registry
from .sends import Send
from .switches import switch

__all__ = [
    "Listening",
    "Send",
    "Trigger",
    "forget",
    "on",
    "raise_errors",
    "registry",
    "switch",
]


def forget() -> None:
    """Forget what this process knows of switches, and the counts that it has not written.

    For tests, whose rolled back transactions this process does not notice.
    """
    switches.forget()
    records.forget()
