"""One request as the page shows it: in a thread, and opened with all that is known of it."""

from __future__ import annotations

import hashlib
import json
import shlex
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from joinchat_django.preview import render_message
from joinchat_django.preview.values import pretty_json, text

from .conversations import address
from .endpoint import answer_to
from .received import Received

_LONGEST_SHOWN = 20_000
_DUMPED_BYTES = 2048
_LONGEST_SUMMARY = 200


class ShownRequest:
    """A request as a thread shows it. ``now`` is the sandbox's time."""

    def __init__(self, received: Received, now: datetime) -> None:
        self.received = received
        self._now = now

    @property
    def at(self) -> datetime:
        """When it arrived, in local time."""
        return self.received.at.astimezone()

    @property
    def time(self) -> str:
        """When it arrived, to the second."""
        return f"{self.at:%H:%M:%S}"

    @property
    def minute(self) -> str:
        """When it arrived, to the minute."""
        return f"{self.at:%H:%M}"

    @property
    def day(self) -> str:
        """The day it arrived, in words."""
        return date_format(self.at, "DATE_FORMAT")

    @property
    def number_of_day(self) -> str:
        """The day it arrived, as ISO 8601 writes it."""
        return f"{self.at:%Y-%m-%d}"

    @property
    def iso(self) -> str:
        """When it arrived, as ISO 8601 writes it, with milliseconds and zone."""
        return self.at.isoformat(timespec="milliseconds")

    @property
    def is_waiting(self) -> bool:
        """Whether the message has not reached its recipient yet."""
        due = self.received.deliver_at
        return due is not None and due > self._now

    @property
    def waits_for(self) -> int:
        """Seconds until it does, rounded up."""
        due = self.received.deliver_at
        return 0 if due is None else -int((self._now - due).total_seconds() // 1)

    @property
    def due(self) -> int:
        """When it reaches them, in milliseconds since 1970 by the sandbox's clock."""
        return milliseconds(self.received.deliver_at or self.received.at)

    @property
    def preview(self) -> SafeString:
        """The message as Messenger shows it."""
        return render_message(self.received.field("message"))

    @property
    def tag(self) -> str:
        """The tag it has, whatever that is, shortened."""
        return _short(self.received.field("tag"))

    @property
    def delay(self) -> str:
        """The delay it asks for, whatever that is, shortened."""
        return _short(self.received.field("delay"))

    @property
    def spoiled(self) -> str:
        """The fault on demand that spoiled the answer, unless it is a reason of the refusal."""
        fault = self.received.fault
        return "" if any(fault in reason for reason in self.received.reasons) else fault

    @property
    def recipient(self) -> str:
        """Kind and value of its one recipient, or nothing."""
        return " ".join(self.received.recipient or ())

    @property
    def to(self) -> str:
        """The recipient's name in addresses, or nothing."""
        return ":".join(self.received.recipient or ())

    @property
    def thread_url(self) -> str:
        """Where it stands in its conversation."""
        return f"{address(to=self.to)}#jc-entry-{self.received.number}" if self.to else ""

    @property
    def facts_url(self) -> str:
        """The page that shows all that is known of it."""
        return address(request=str(self.received.number))

    @property
    def summary(self) -> str:
        """One line for the list of conversations."""
        if not self.received.accepted:
            reason = next(iter(self.received.reasons), "")
            return _("Refused: %(reason)s") % {"reason": reason[:_LONGEST_SUMMARY]}
        if self.is_waiting:
            return _("Is about to arrive …")
        # A lenient sandbox accepts messages that are none.
        message = self.received.field("message")
        kind = message.get("template_type") if isinstance(message, dict) else None
        names = {"generic": _("Carousel"), "list": _("List"), "receipt": _("Receipt")}
        if isinstance(kind, str) and kind in names:
            return names[kind]
        words = message.get("text") if isinstance(message, dict) else None
        return text(words)[:_LONGEST_SUMMARY] or _("Unknown message type")


class Facts(ShownRequest):
    """A request opened: what came, how its signature was checked, and what was answered."""

    @cached_property
    def json(self) -> str:
        """The body's JSON with indents, of bounded length; empty if it holds no object."""
        payload = self.received.payload
        return "" if payload is None else pretty_json(payload)

    @cached_property
    def body_text(self) -> str:
        """The body as text if it is nothing else, else empty."""
        try:
            found = self.received.body.decode("utf-8")
        except UnicodeDecodeError:
            return ""
        return found if all(each >= " " or each in "\t\n\r" for each in found) else ""

    @property
    def body(self) -> str:
        """The beginning of the body: as text, or as a dump in hex of what is no text."""
        if self.body_text:
            return _exact(self.body_text[:_LONGEST_SHOWN])
        return _dump(self.received.body[:_DUMPED_BYTES])

    @property
    def is_cut_short(self) -> bool:
        """Whether there is more of the body than is shown."""
        if self.body_text:
            return len(self.body_text) > _LONGEST_SHOWN
        return len(self.received.body) > _DUMPED_BYTES

    @property
    def length(self) -> int:
        """How many bytes were signed."""
        return len(self.received.body)

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes that were signed, in hex."""
        return hashlib.sha256(self.received.body).hexdigest()

    @property
    def answer(self) -> str:
        """The JSON of the answer, as it was meant before any fault on demand."""
        return json.dumps(answer_to(self.received), ensure_ascii=False, indent=2)

    @property
    def curl(self) -> str:
        """The same request as a shell command without its address; empty for no text."""
        if not self.body_text or self.is_cut_short:
            return ""
        check = self.received.signature
        kept = [*(check.came if check else ())]
        kept += [pair for pair in self.received.headers if pair[0].lower() == "content-type"]
        headers = "".join(f" -H {shlex.quote(f'{name}: {value}')}" for name, value in kept)
        return _exact(f"{headers} --data-raw {shlex.quote(self.body_text)}")


def milliseconds(moment: datetime) -> int:
    """Return a moment as JavaScript counts it: milliseconds since 1970."""
    return int(moment.timestamp() * 1000)


def _short(value: Any) -> str:
    return "" if value is None or isinstance(value, (list, dict)) else str(value)[:80]


def _exact(content: str) -> SafeString:
    """Escape a text so that a browser hands it back unchanged: it would drop carriage returns."""
    return mark_safe(escape(content).replace("\r", "&#13;"))  # noqa: S308 - escaped here


def _dump(data: bytes) -> str:
    """Return bytes in rows of sixteen: offset, hex, and what of them is readable."""
    rows = []
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        readable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        rows.append(f"{start:06x}  {row.hex(' '):<47}  {readable}")
    return "\n".join(rows)
