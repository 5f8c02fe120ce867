"""The page at ``/``: who was written to on the left, and what they got on the right."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.template import Context, Engine
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from joinchat_django.preview import render_message
from joinchat_django.preview.values import pretty_json

from .store import Inbox, Received

REFUSED = "refused"
"""The conversation that holds every refused request. Others are named ``key:value``."""

_MOST_CONVERSATIONS = 200
_MOST_MESSAGES = 100
_HUES = 6

_engine = Engine(
    dirs=[str(Path(__file__).resolve().parent.parent / "templates")],
    libraries={"i18n": "django.templatetags.i18n"},
)


@dataclass
class _Conversation:
    name: str
    kind: str
    title: str
    entries: list[Received] = field(default_factory=list)

    @property
    def url(self) -> str:
        return "/?" + urlencode({"to": self.name}, errors="replace")

    @property
    def latest(self) -> _Shown:
        return _Shown(self.entries[-1])

    @property
    def initial(self) -> str:
        return next((letter for letter in self.title if letter.isalnum()), "?").upper()

    @property
    def hue(self) -> int:
        return zlib.crc32(self.name.encode("utf-8", "replace")) % _HUES

    @property
    def shown(self) -> list[_Shown]:
        return [_Shown(entry) for entry in self.entries[-_MOST_MESSAGES:]]

    @property
    def hidden(self) -> int:
        return max(0, len(self.entries) - _MOST_MESSAGES)


class _Shown:
    """A request as the page's templates need it."""

    def __init__(self, received: Received) -> None:
        self.received = received

    @property
    def at(self) -> datetime:
        return self.received.at.astimezone()

    @property
    def time(self) -> str:
        return f"{self.at:%H:%M:%S}"

    @property
    def minute(self) -> str:
        return f"{self.at:%H:%M}"

    @property
    def iso(self) -> str:
        return self.at.isoformat(timespec="milliseconds")

    @property
    def preview(self) -> SafeString:
        return render_message(self.received.field("message"))

    @property
    def tag(self) -> str:
        return _short(self.received.field("tag"))

    @property
    def delay(self) -> str:
        return _short(self.received.field("delay"))

    @property
    def recipient(self) -> str:
        return " ".join(self.received.recipient or ())

    @cached_property
    def json(self) -> str:
        payload = self.received.payload
        return "" if payload is None else pretty_json(payload)

    @property
    def summary(self) -> str:
        """One line for the list of conversations."""
        if not self.received.accepted:
            reason = next(iter(self.received.reasons), "")
            return _("Refused: %(reason)s") % {"reason": reason[:200]}
        message = self.received.field("message")
        names = {
            "generic": _("Carousel"),
            "list": _("List"),
            "receipt": _("Receipt"),
        }
        return names.get(message["template_type"]) or str(message.get("text", ""))[:200]


def render(store: Inbox, *, base_url: str, selected: str) -> SafeString:
    """Return the inbox as a page of HTML.

    ``base_url`` is the sandbox's own address; ``selected`` names the conversation to open,
    ``uuid:123456`` or ``refused``; anything else opens the one that was written to last.
    """
    version, entries = store.entries()
    conversations = _conversations(entries)
    refused = [entry for entry in entries if not entry.accepted]
    named = {found.name: found for found in conversations}
    if refused:
        named[REFUSED] = _Conversation(REFUSED, "", _("Refused requests"), refused)
    chosen = named.get(selected)
    return _engine.get_template("joinchat_django/sandbox/inbox.html").render(
        Context(
            {
                "language": get_language(),
                "direction": "rtl" if get_language_bidi() else "ltr",
                "run": store.run,
                "version": version,
                "base_url": base_url,
                "conversations": conversations[:_MOST_CONVERSATIONS],
                "hidden": max(0, len(conversations) - _MOST_CONVERSATIONS),
                "refused": named.get(REFUSED),
                "accepted_count": len(entries) - len(refused),
                "thread": chosen or _latest(named, entries),
                "was_chosen": chosen is not None,
            },
            autoescape=True,
        )
    )


def _conversations(entries: Iterable[Received]) -> list[_Conversation]:
    """Group by recipient, the one written to last at the top."""
    found: dict[str, _Conversation] = {}
    for entry in entries:
        if entry.recipient is not None:
            kind, value = entry.recipient
            name = f"{kind}:{value}"
            conversation = found.pop(name, None) or _Conversation(name, kind, value)
            conversation.entries.append(entry)
            found[name] = conversation
    return list(reversed(found.values()))


def _latest(named: dict[str, _Conversation], entries: list[Received]) -> _Conversation | None:
    if not entries:
        return None
    recipient = entries[-1].recipient
    return named[":".join(recipient) if recipient else REFUSED]


def _short(value: Any) -> str:
    return "" if value is None or isinstance(value, (list, dict)) else str(value)[:80]
