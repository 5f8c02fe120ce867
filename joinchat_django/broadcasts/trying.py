"""Trying a draft out before it is started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joinchat_django.api import Problem
from joinchat_django.models import Broadcast
from joinchat_django.outbox.drafts import Draft
from joinchat_django.outbox.recipients import Addressee
from joinchat_django.wording import told

from .audiences import Audience, audience_named
from .content import check_content
from .fan_out import mailing_of
from .members import first_chunks, keys_of


@dataclass(frozen=True)
class TryOut:
    """What somebody would get: ``message`` as JSON data, or None and the ``problems``."""

    who: str
    message: dict[str, Any] | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def told(self) -> list[str]:
        """The problems in the active language."""
        return [told(problem) for problem in self.problems]


def try_out(broadcast: Broadcast, limit: int = 20) -> list[TryOut]:
    """Make out the message that a broadcast has in hand to its first members; write nothing.

    The first that can be reached now are taken, among the first 20,000 at most. The list is empty
    if there are none, and if there were none when the broadcast was drafted.
    Raises ``InvalidMessage`` for what no member can get, ``UnknownBot``, and ``LookupError`` for
    a model that is not known any more.
    """
    check_content(broadcast)
    audience = audience_named(broadcast.model)
    reachable = _reachable(broadcast, audience, limit)
    return [
        TryOut(str(one.user), message=made)
        if isinstance(made, dict)
        else TryOut(str(one.user), problems=made.problems)
        for one, made in mailing_of(broadcast, audience).render(reachable)
    ]


def is_same_for_all(broadcast: Broadcast) -> bool:
    """Tell whether everybody gets the same message, so that nobody gets it twice.

    Whoever is selected several times gets one message for each time that it says something else.
    Raises ``InvalidMessage`` for a message that does not compile.
    """
    return Draft(broadcast.message).is_fixed


def _reachable(broadcast: Broadcast, audience: Audience, limit: int) -> list[Addressee]:
    if broadcast.reach.get(broadcast.bot, {}).get("reached") == 0:
        return []
    found: list[Addressee] = []
    for chunk in first_chunks(broadcast):
        rows = audience.rows(keys_of(audience, chunk))
        people = audience.addressees(rows, broadcast.bot)
        found += [one for one in people if one.value is not None][: limit - len(found)]
        if len(found) >= limit:
            break
    return found
