"""The page at ``/``: who was written to on the left, and what they got on the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs

from django.template import Context, Engine
from django.utils.safestring import SafeString
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from .conversations import Conversation, conversations, in_words, matches
from .facts import Facts, ShownRequest, milliseconds
from .faults import ActiveFault
from .received import Received
from .store import Inbox
from .thread import REFUSED, Thread

_MOST_CONVERSATIONS = 200

_engine = Engine(
    dirs=[str(Path(__file__).resolve().parent.parent / "templates")],
    libraries={"i18n": "django.templatetags.i18n"},
)


@dataclass(frozen=True)
class Asked:
    """What an address asks for: a conversation (``to``), a search (``q``), one ``request``."""

    to: str = ""
    q: str = ""
    request: str = ""

    @classmethod
    def by(cls, query: str) -> Asked:
        """Read the query of an address. Raises ``ValueError`` if it cannot be read."""
        given = parse_qs(query, max_num_fields=20)
        to, q, request = (given.get(name, [""])[0] for name in ("to", "q", "request"))
        return cls(to, q.strip(), request)


@dataclass(frozen=True)
class About:
    """What the page says of the sandbox itself. ``base_url`` has no slash at its end."""

    base_url: str
    page_id: int
    is_lenient: bool = False
    faults: Sequence[ActiveFault] = ()


def render(store: Inbox, about: About, asked: Asked) -> SafeString:
    """Return the inbox as a page of HTML.

    ``asked.to`` names the conversation to open, ``uuid:123456`` or ``refused``; without one it is
    what the search found, or else the conversation with the latest request. ``asked.request``
    opens one request by its number, with all that is known of it.
    """
    version, entries = store.entries()
    now, ahead = store.clock.now(), store.clock.ahead
    words = asked.q.lower().split()
    found = [entry for entry in entries if matches(entry, words)] if words else entries
    people = _people(store, found, asked.q)
    refused = [entry for entry in found if not entry.accepted]
    thread = _thread(asked, people, found, refused, now)
    opened = next((entry for entry in entries if str(entry.number) == asked.request), None)
    context = {
        "language": get_language(),
        "direction": "rtl" if get_language_bidi() else "ltr",
        "run": store.run,
        "version": version,
        "now": milliseconds(now),
        "clock": f"{now.astimezone():%Y-%m-%d %H:%M:%S}",
        "ahead": in_words(ahead) if ahead else "",
        "about": about,
        "faults": [_Remaining(active) for active in about.faults],
        "asked": asked,
        "people": [_Row(person, now) for person in people[:_MOST_CONVERSATIONS]],
        "hidden": max(0, len(people) - _MOST_CONVERSATIONS),
        "refused": _refused_row(refused, asked.q, now),
        "dropped": store.dropped,
        "accepted_count": sum(entry.accepted for entry in entries),
        "thread": thread,
        "opened": Facts(opened, now) if opened else None,
        "was_chosen": bool(asked.request or asked.q or (thread and thread.name == asked.to)),
    }
    return _engine.get_template("joinchat_django/sandbox/inbox.html").render(
        # Numbers in addresses and in attributes are to be read by programs.
        Context(context, autoescape=True, use_l10n=False)
    )


class _Row:
    """A conversation in the list, with its latest request, if there is any."""

    def __init__(self, conversation: Conversation, now: datetime) -> None:
        self.conversation = conversation
        entries = conversation.entries
        self.latest = ShownRequest(entries[-1], now) if entries else None


class _Remaining:
    """A fault on demand in force, and what is left of it in words."""

    def __init__(self, active: ActiveFault) -> None:
        self.what = str(active.fault)
        self.seconds_left = active.seconds_left
        share, times = active.fault.share, active.times_left
        self.share = None if share is None else f"{share * 100:g}"
        self.times_left = times


def _people(store: Inbox, found: list[Received], query: str) -> list[Conversation]:
    """Return the conversations; with a query those alone that hold something of what it found."""
    people = conversations(found, store.activities())
    if not query:
        return people
    for person in people:
        person.query = query
    return [person for person in people if person.entries]


def _refused_row(refused: list[Received], query: str, now: datetime) -> _Row | None:
    if not refused:
        return None
    conversation = Conversation(REFUSED, "", _("Refused requests"), refused, query=query)
    return _Row(conversation, now)


def _thread(
    asked: Asked,
    people: list[Conversation],
    found: list[Received],
    refused: list[Received],
    now: datetime,
) -> Thread | None:
    for person in people:
        if person.name == asked.to:
            return Thread.of(person, now)
    is_refused = asked.to == REFUSED
    if asked.q and not (is_refused and refused):
        return Thread.of_found(asked.q, found, now)
    # A request that was refused and names nobody is news that has no conversation.
    if refused and (is_refused or found[-1].recipient is None):
        return Thread.of_refused(refused, now, asked.q)
    return Thread.of(people[0], now) if people else None
