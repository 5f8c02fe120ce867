"""The 24-hour window: who was active when, and whom an untagged message still reaches."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .schema import quoted

WINDOW = timedelta(hours=24)
"""How long after a person's last activity a message without a tag still reaches them."""

Person = tuple[str, str]
"""One recipient: a key of the contract's recipient object, and its value."""


class Activities:
    """When each person was last active, for the latest ``limit`` persons.

    Their names have at most ``max_characters`` in all; whoever was noted longest ago is forgotten
    first, and is new again. Not thread-safe: the inbox guards it.
    """

    def __init__(self, limit: int = 50_000, max_characters: int = 8 * 1024 * 1024) -> None:
        self._limit = limit
        self._max_characters = max_characters
        self._characters = 0
        self._last: dict[Person, datetime] = {}

    def touch(self, person: Person, at: datetime) -> None:
        """Note that this person is active."""
        self.forget(person)
        self._last[person] = at
        self._characters += _length(person)
        while len(self._last) > self._limit or (
            self._characters > self._max_characters and len(self._last) > 1
        ):
            self.forget(next(iter(self._last)))

    def see(self, person: Person, at: datetime) -> None:
        """Note a person who is not known yet, as active; leave any other as they are."""
        if person not in self._last:
            self.touch(person, at)

    def last(self, person: Person) -> datetime | None:
        """Return when this person was last active, or None for one who is not known."""
        return self._last.get(person)

    def all(self) -> dict[Person, datetime]:
        """Return a copy of everything, whoever was noted last at the end."""
        return dict(self._last)

    def forget(self, person: Person) -> bool:
        """Forget one person, and tell whether they were known."""
        if self._last.pop(person, None) is None:
            return False
        self._characters -= _length(person)
        return True

    def clear(self) -> None:
        """Forget everybody."""
        self._last.clear()
        self._characters = 0

    def cap(self, now: datetime) -> None:
        """Have nobody active later than now, as after the clock went back."""
        self._last = {person: min(at, now) for person, at in self._last.items()}


def is_tagged(payload: dict[str, Any]) -> bool:
    """Tell whether a request bears a tag, which lifts the window."""
    tag = payload.get("tag")
    return isinstance(tag, str) and tag != ""


def why_closed(person: Person, last_active: datetime | None, now: datetime) -> str:
    """Say why an untagged message does not reach this person; empty if it does.

    The text names them: five such refusals in the same words would look like a bot that is set up
    wrongly. A person who is not known is active.
    """
    if last_active is None or now - last_active <= WINDOW:
        return ""
    key, value = person
    return (
        f"recipient.{key}: {quoted(value)} was last active {_ago(now - last_active)} ago, and a "
        "message without a tag reaches only who was active in the last 24 hours; give the "
        "message a tag if it is not promotional, or wait until this person writes to the bot"
    )


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if not days:
        return f"{hours} h {minutes % 60} min"
    return f"{_count(days, 'day')} {hours} h"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _length(person: Person) -> int:
    return len(person[0]) + len(person[1])
