"""What is known of the bots: their settings, what waits for them, and why one is held back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext as _

from joinchat_django import conf
from joinchat_django.api.transport import public_url
from joinchat_django.delivery.figures import BotFigures, figures_of, known_to_outbox
from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.models.primary import on_primary

from .quantities import wait_in_words

Status = OutboxMessage.Status


@dataclass(frozen=True)
class Figure:
    """A number on a bot's page; ``query`` finds its rows in the outbox's list."""

    label: str
    count: int
    query: str


@dataclass(frozen=True)
class BotFacts:
    """A bot as the admin shows it.

    ``settings`` is None where the settings do not name it (``is_named`` is false then), or not
    rightly: ``fault`` says what is wrong with them.
    """

    alias: str
    figures: BotFigures
    settings: conf.Bot | None = None
    is_named: bool = True
    fault: str = ""

    @property
    def is_paused(self) -> bool:
        """Whether it is held back."""
        return self.figures.pause is not None

    @property
    def api_url(self) -> str:
        """Where its calls go, without what may be secret: name, password, query."""
        return public_url(self.settings.api_url) if self.settings else ""

    @property
    def oldest_wait(self) -> str:
        """For how long the first row has waited that could be sent now; empty if there is none."""
        seconds = self.figures.oldest_wait
        return "" if seconds is None else wait_in_words(seconds)

    @property
    def counts(self) -> Iterator[Figure]:
        """Its open and doubtful rows; those of dead workers are shown where there are any."""
        of = self.figures
        yield Figure(_("Waiting"), of.waiting, self._query(Status.QUEUED))
        yield Figure(_("To be tried again"), of.retrying, self._query(Status.QUEUED))
        yield Figure(_("Scheduled for later"), of.scheduled, self._query(Status.QUEUED))
        yield Figure(_("Being sent"), of.sending, self._query(Status.SENDING))
        if of.abandoned:
            yield Figure(_("Left by dead workers"), of.abandoned, self._query(Status.SENDING))
        yield Figure(_("Uncertain"), of.uncertain, self._query(Status.UNCERTAIN))

    def _query(self, status: str) -> str:
        return urlencode({"bot": self.alias, "status": status})


def every_bot() -> list[BotFacts]:
    """Return the bots of the settings, and those that have rows without being named there."""
    states = on_primary(BotState).values_list("bot", flat=True)
    others = sorted({*states, *known_to_outbox()})
    return list(_facts(dict.fromkeys([*named_bots(), *others])))


def facts_of(alias: str) -> BotFacts | None:
    """Return what is known of a bot; None if it is not known at all."""
    [facts] = _facts([alias])
    if facts.is_named or on_primary(OutboxMessage).filter(bot=alias).exists():
        return facts
    return facts if on_primary(BotState).filter(bot=alias).exists() else None


def named_bots() -> list[str]:
    """Return the aliases of the settings; of faulty ones only the one that they must have."""
    try:
        return list(conf.bots())
    except ImproperlyConfigured:
        return ["default"]


def _facts(aliases: Iterable[str]) -> Iterator[BotFacts]:
    for figures in figures_of(aliases):
        alias = figures.bot
        try:
            yield BotFacts(alias, figures, conf.bot(alias))
        except conf.UnknownBot:
            yield BotFacts(alias, figures, is_named=False)
        except ImproperlyConfigured as error:
            yield BotFacts(alias, figures, fault=str(error))
