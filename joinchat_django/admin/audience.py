"""Whom a selection in the admin stands for, and who of them can be reached."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.auth import get_user_model
from django.db.models import Count, Model

from joinchat_django import conf
from joinchat_django.models import MessengerLink


@dataclass(frozen=True)
class Target:
    """One message's way: ``to`` as ``outbox.send`` takes it, and the user who reads it."""

    to: Any
    user: Any
    bot: str

    @property
    def key(self) -> str:
        """What tells it from the selection's other targets."""
        return str(self.to.pk)


@dataclass(frozen=True)
class Reach:
    """How many of a selection a bot can send to, and how many not."""

    bot: str
    linked: int
    unlinked: int


class Audience(ABC):
    """The selected rows of one model."""

    #: Whether the sender chooses the bot; if not, each row has its own.
    has_choice_of_bot: ClassVar[bool]

    def __init__(self, selected: Sequence[Any]) -> None:
        self.selected = selected

    @abstractmethod
    def reach(self) -> list[Reach]:
        """Return the reach of each bot that may be asked for; those that reach somebody first."""

    @abstractmethod
    def targets(self, bot: str) -> Iterator[Target]:
        """Yield those of the selected who can be reached. ``bot`` counts if there is a choice."""


class UserAudience(Audience):
    """Users: each is reached over the newest of his active links to the chosen bot."""

    has_choice_of_bot = True

    def reach(self) -> list[Reach]:
        links = self._links().order_by().values("bot").annotate(n=Count("user", distinct=True))
        linked = dict(links.values_list("bot", "n"))
        total = len(self.selected)
        found = [Reach(bot, linked.get(bot, 0), total - linked.get(bot, 0)) for bot in conf.bots()]
        return sorted(found, key=lambda reach: -reach.linked)

    def targets(self, bot: str) -> Iterator[Target]:
        linked = set(self._links().filter(bot=bot).values_list("user", flat=True))
        for user in self.selected:
            if user.pk in linked:
                yield Target(user, user, bot)

    def _links(self) -> Any:
        users = [user.pk for user in self.selected]
        return MessengerLink.objects.filter(user__in=users, is_active=True)


class LinkAudience(Audience):
    """Links: exactly these, those that are switched off excepted."""

    has_choice_of_bot = False

    def reach(self) -> list[Reach]:
        selected = Counter(link.bot for link in self.selected)
        linked = Counter(target.bot for target in self.targets(""))
        return [Reach(bot, linked[bot], n - linked[bot]) for bot, n in sorted(selected.items())]

    def targets(self, bot: str) -> Iterator[Target]:
        bots = conf.bots()
        for link in self.selected:
            if link.is_active and link.bot in bots:
                yield Target(link, link.user, link.bot)


def audience_of(model: type[Model], selected: Sequence[Any]) -> Audience:
    """Return the audience that rows of a model stand for: users or links.

    Raises ``TypeError`` for another model.
    """
    if issubclass(model, MessengerLink):
        return LinkAudience(selected)
    if issubclass(model, get_user_model()):
        return UserAudience(selected)
    raise TypeError(f"Rows of {model._meta.label} are neither users nor Messenger links.")
