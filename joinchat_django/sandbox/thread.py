"""The right side of the page: a conversation, all refused requests, or what a search found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from .conversations import Conversation, address, in_order_of_delivery, presence
from .facts import ShownRequest
from .received import Received

REFUSED = "refused"
"""The name of the thread with every refused request. A conversation's is ``kind:value``."""

_FOUND = "found"
_MOST_SHOWN = 100


@dataclass(frozen=True)
class Thread:
    """Requests one under the other, as of ``now``; the earliest are left out if they are many.

    ``conversation`` is None where they are not those of one recipient. ``query`` is what the list
    beside it was searched for.
    """

    name: str
    title: str
    entries: Sequence[Received]
    now: datetime
    conversation: Conversation | None = None
    query: str = ""

    @classmethod
    def of(cls, conversation: Conversation, now: datetime) -> Thread:
        """Return a recipient's thread."""
        title, entries = conversation.title, conversation.entries
        return cls(conversation.name, title, entries, now, conversation, conversation.query)

    @classmethod
    def of_refused(cls, entries: Sequence[Received], now: datetime, query: str = "") -> Thread:
        """Return the thread of these refused requests."""
        return cls(REFUSED, _("Refused requests"), entries, now, query=query)

    @classmethod
    def of_found(cls, query: str, entries: Sequence[Received], now: datetime) -> Thread:
        """Return the thread of what a search found."""
        title = _("Results for “%(query)s”") % {"query": query}
        return cls(f"{_FOUND}/{query}", title, entries, now)

    @property
    def shown(self) -> list[ShownRequest]:
        """The latest requests, in the order in which the recipient sees them."""
        latest = in_order_of_delivery(self.entries[-_MOST_SHOWN:])
        return [ShownRequest(entry, self.now) for entry in latest]

    @property
    def hidden(self) -> int:
        """How many requests are left out."""
        return max(0, len(self.entries) - _MOST_SHOWN)

    @property
    def is_refused(self) -> bool:
        """Whether it is the thread of all refused requests."""
        return self.name == REFUSED

    @property
    def back_url(self) -> str:
        """The list that it was chosen from."""
        return address(q=self.query)

    @property
    def presence(self) -> tuple[bool, str]:
        """Whether an untagged message reaches the recipient, and that in words."""
        active = self.conversation.active if self.conversation else None
        return presence(active, self.now)
