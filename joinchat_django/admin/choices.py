"""Bots and tags to choose from, read from the settings whenever a page is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from joinchat_django import conf
from joinchat_django.api import MessageTag

Choices = list[tuple[str, Any]]


def bot_choices() -> Choices:
    """Return the configured bots by their aliases."""
    return [(alias, alias) for alias in conf.bots()]


def tag_choices(*first: tuple[str, Any], known: Iterable[str] = ()) -> Choices:
    """Return the ``first`` choices, the 17 tags, and those that some bot or ``known`` adds."""
    tags = [tag.value for tag in MessageTag]
    for bot in conf.bots().values():
        tags.extend(bot.options.extra_tags)
    tags.extend(filter(None, known))
    return [*first, *((tag, tag) for tag in dict.fromkeys(tags))]


class BotFilter(admin.SimpleListFilter):
    """Filters by bot where there are several, without asking the table which ones it holds."""

    title = _("bot")
    parameter_name = "bot"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        bots = bot_choices()
        return bots if len(bots) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(bot=self.value()) if self.value() else queryset
