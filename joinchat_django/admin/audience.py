"""Whom a draft's selection reaches, bot by bot, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from joinchat_django import conf
from joinchat_django.broadcasts.reasons import REASONS
from joinchat_django.models import Broadcast

from .quantities import count


@dataclass(frozen=True)
class Reach:
    """How many of a selection a bot reaches, and why it does not reach the others."""

    bot: str
    reached: int
    reasons: tuple[tuple[Any, int], ...]
    #: Further appearances of somebody, for whom a message may say something else each time.
    repeated: int = 0

    @property
    def reached_text(self) -> str:
        """Return how many are reached, as people read numbers."""
        return count(self.reached)

    @property
    def repeated_text(self) -> str:
        """Return how many appearances are somebody's second or later, as people read numbers."""
        return count(self.repeated)

    @property
    def unreached_text(self) -> str:
        """Return how many are not, as people read numbers."""
        return count(self.unreached)

    @property
    def reasons_text(self) -> list[tuple[Any, str]]:
        """Return the reasons with their numbers, as people read them."""
        return [(reason, count(number)) for reason, number in self.reasons]

    @property
    def unreached(self) -> int:
        """Return how many are not reached, for whatever reason."""
        return sum(number for _reason, number in self.reasons)


def reach_of(broadcast: Broadcast) -> list[Reach]:
    """Return the reach of each bot that the settings still know, those that reach most first."""
    return sorted(_reaches(broadcast), key=lambda reach: -reach.reached)


def reach_over(broadcast: Broadcast) -> Reach:
    """Return the reach of the bot that the broadcast goes over."""
    found = {reach.bot: reach for reach in _reaches(broadcast)}
    return found.get(broadcast.bot, Reach(broadcast.bot, 0, ()))


def _reaches(broadcast: Broadcast) -> Iterator[Reach]:
    known = conf.bots()
    for bot, counts in broadcast.reach.items():
        if bot in known:
            # A reason that this page has no words for is still somebody who is not reached.
            reasons = [
                (REASONS.get(name, name), number)
                for name, number in counts.items()
                if name not in ("reached", "repeated") and number
            ]
            repeated = counts.get("repeated", 0)
            yield Reach(bot, counts.get("reached", 0), tuple(reasons), repeated)
