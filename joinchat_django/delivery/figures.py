"""How much waits in the outbox, for how long, and which bots are paused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Count, ExpressionWrapper, Max, Min, Q

from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.models.primary import on_primary

from .clock import DatabaseNow
from .due import heads

Status = OutboxMessage.Status


@dataclass(frozen=True)
class Pause:
    """Why a bot is held back, and until when; None is until somebody resumes it.

    ``is_over`` tells by the database's clock that ``until`` has passed: the next due message is
    sent then to see whether the bot works.
    """

    until: datetime | None
    reason: str
    is_over: bool = False


@dataclass(frozen=True, kw_only=True)
class BotFigures:
    """A bot's open rows by what they wait for, each in one count; and what ended in doubt.

    ``waiting`` rows are due, those among them that have to stay behind another message to the same
    recipient. ``retrying`` ones are to be tried again later, ``scheduled`` ones were never tried
    and are for later. Workers hold ``sending`` rows; ``abandoned`` ones belong to workers that
    died, until the next worker takes them. ``oldest_wait`` is for how many seconds the first row
    has been due that a worker may take now, by the database's clock; None if there is none.
    ``uncertain`` rows may have been delivered and are not tried again.
    """

    bot: str
    waiting: int = 0
    retrying: int = 0
    scheduled: int = 0
    sending: int = 0
    abandoned: int = 0
    uncertain: int = 0
    oldest_wait: float | None = None
    pause: Pause | None = None

    @property
    def open(self) -> int:
        """How many rows have not come to an end."""
        return self.waiting + self.retrying + self.scheduled + self.sending + self.abandoned


def figures_of(bots: Iterable[str]) -> list[BotFigures]:
    """Return the figures of some bots, in their order.

    They are counted along an index: a bot's open and uncertain rows cost time, others do not.
    """
    pauses = _pauses()
    return [_figures(bot, pauses.get(bot)) for bot in bots]


def pause_of(bot: str) -> Pause | None:
    """Return why and until when a bot is paused; None if it is not."""
    return _pauses().get(bot)


def known_to_outbox() -> list[str]:
    """Return the aliases of all bots that have rows, at a step along an index for each."""
    found: list[str] = []
    aliases = on_primary(OutboxMessage).order_by("bot").values_list("bot", flat=True)
    alias = aliases.first()
    while alias is not None:
        found.append(alias)
        alias = aliases.filter(bot__gt=alias).first()
    return found


def _figures(bot: str, pause: Pause | None) -> BotFigures:
    # One query for each status and side of the clock: each is one range of the index.
    queued = on_primary(OutboxMessage).filter(bot=bot, status=Status.QUEUED)
    later = queued.filter(send_at__gt=DatabaseNow()).aggregate(
        retrying=Count("pk", filter=Q(attempts__gt=0)),
        scheduled=Count("pk", filter=Q(attempts=0)),
    )
    held = on_primary(OutboxMessage).filter(bot=bot, status=Status.SENDING)
    abandoned = held.filter(lease_until__lte=DatabaseNow()).aggregate(
        count=Count("pk"), since=Min("send_at"), now=Max(DatabaseNow())
    )
    due = [(abandoned["since"], abandoned["now"])] if abandoned["count"] else []
    due += heads(bot, in_a_hurry=False).values_list("send_at", DatabaseNow())[:1]
    return BotFigures(
        bot=bot,
        waiting=queued.filter(send_at__lte=DatabaseNow()).count(),
        sending=held.exclude(lease_until__lte=DatabaseNow()).count(),
        abandoned=abandoned["count"],
        uncertain=on_primary(OutboxMessage).filter(bot=bot, status=Status.UNCERTAIN).count(),
        oldest_wait=max(((now - since).total_seconds() for since, now in due), default=None),
        pause=pause,
        **later,
    )


def _pauses() -> dict[str, Pause]:
    is_over = ExpressionWrapper(Q(paused_until__lte=DatabaseNow()), output_field=BooleanField())
    states = on_primary(BotState).filter(is_paused=True)
    return {
        state.bot: Pause(state.paused_until, state.reason, bool(state.is_over))
        for state in states.annotate(is_over=is_over)
    }
