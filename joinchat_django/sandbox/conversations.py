"""What arrived, by recipient: who was written to, in which order, and who can be reached."""

from __future__ import annotations

import json
import zlib
from bisect import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from .received import Received
from .window import WINDOW, Person

_HUES = 6
_MINUTE = timedelta(minutes=1)


@dataclass
class Conversation:
    """A recipient and the requests for them in order of arrival; there may be none yet.

    ``name`` is ``kind:value``, such as ``uuid:123456``, and stands in addresses. ``active`` is
    when they were last active by the sandbox's clock, None if they are not known; ``query`` is what
    is searched for meanwhile.
    """

    name: str
    kind: str
    title: str
    entries: list[Received] = field(default_factory=list)
    active: datetime | None = None
    query: str = ""

    @property
    def url(self) -> str:
        """The page that shows it, as far as the search goes."""
        return address(to=self.name, q=self.query)

    @property
    def whole_url(self) -> str:
        """The page that shows all of it."""
        return address(to=self.name)

    @property
    def delete_url(self) -> str:
        """Where ``DELETE`` forgets it."""
        return f"/_sandbox/conversations{self.whole_url[1:]}"

    @property
    def initial(self) -> str:
        """A letter for the picture that nobody has sent us."""
        return next((letter for letter in self.title if letter.isalnum()), "?").upper()

    @property
    def hue(self) -> int:
        """Which of the style sheet's colours is this person's."""
        return zlib.crc32(self.name.encode("utf-8", "replace")) % _HUES


def conversations(
    entries: Iterable[Received], activities: Mapping[Person, datetime]
) -> list[Conversation]:
    """Group by recipient, the one with the latest request or activity at the top.

    A person who was active and has got nothing yet stands where their activity belongs.
    """
    found: dict[Person, Conversation] = {}
    times: list[datetime] = []
    numbers: list[int] = []
    for entry in entries:
        times.append(entry.at)
        numbers.append(entry.number)
        if (person := entry.recipient) is not None:
            if person not in found:
                found[person] = _new(person)
            found[person].entries.append(entry)
    for person, at in activities.items():
        if person not in found:
            found[person] = _new(person)
        found[person].active = at

    def latest(conversation: Conversation) -> tuple[int, float]:
        if conversation.entries:
            return conversation.entries[-1].number, 0.0
        assert conversation.active is not None  # noqa: S101
        before = bisect(times, conversation.active)
        return (numbers[before - 1] if before else 0), conversation.active.timestamp()

    return sorted(found.values(), key=latest, reverse=True)


def in_order_of_delivery(entries: Iterable[Received]) -> list[Received]:
    """Return requests as the recipient sees them: a delayed message after what overtook it."""
    found: list[Received] = []
    for entry in entries:
        place = len(found)
        # What is later by its arrival already came before the clock was set back.
        while place and found[place - 1].at <= entry.at and _due(found[place - 1]) > _due(entry):
            place -= 1
        found.insert(place, entry)
    return found


def matches(entry: Received, words: Iterable[str]) -> bool:
    """Tell whether each of these lower-case words stands somewhere in the request.

    Looked through are its JSON (or its body, if it holds none), with recipient, text and tag in
    it, and the reasons, whatever was overlooked and the fault that the sandbox names.
    """
    if entry.payload is None:
        text = entry.body.decode("utf-8", "replace")
    else:
        text = json.dumps(entry.payload, ensure_ascii=False)
    found = "\n".join((text, *entry.all_reasons, *entry.overlooked, entry.fault)).lower()
    return all(word in found for word in words)


def presence(active: datetime | None, now: datetime) -> tuple[bool, str]:
    """Tell whether an untagged message reaches somebody, and say so in words."""
    if active is None:
        return True, _("Not known yet · a first message reaches this person")
    quiet = max(now - active, timedelta())
    if quiet > WINDOW:
        return False, _("Quiet for %(time)s · only tagged messages arrive") % {
            "time": in_words(quiet)
        }
    left = in_words(WINDOW - quiet // _MINUTE * _MINUTE)
    if quiet < _MINUTE:
        return True, _("Active now · untagged messages arrive for %(left)s") % {"left": left}
    return True, _("Active %(time)s ago · untagged messages arrive for another %(left)s") % {
        "time": in_words(quiet),
        "left": left,
    }


def in_words(span: timedelta) -> str:
    """Return a span of time, rounded down to minutes, or to hours from two days on."""
    minutes = int(span.total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    if days >= 2:
        return _("%(days)s d %(hours)s h") % {"days": days, "hours": hours}
    hours, rest = divmod(minutes, 60)
    if hours and rest:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": rest}
    if hours:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(minutes)s min") % {"minutes": minutes}


def address(**parameters: str) -> str:
    """Return the address of the page with these parameters; empty ones are left out."""
    given = {name: value for name, value in parameters.items() if value}
    return "/?" + urlencode(given, errors="replace") if given else "/"


def _new(person: Person) -> Conversation:
    kind, value = person
    return Conversation(f"{kind}:{value}", kind, value)


def _due(entry: Received) -> datetime:
    return entry.deliver_at or entry.at
