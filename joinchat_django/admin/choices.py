"""Bots and tags to choose from, read from the settings whenever a page is shown."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from joinchat_django import conf
from joinchat_django.api import MessageTag
from joinchat_django.api.tags import purpose_of
from joinchat_django.wording import localized

Choices = list[tuple[str, Any]]

_NO_TAG = "none"


def working_bots() -> dict[str, conf.Bot]:
    """Return the configured bots by alias: if one is faulty, the default one, if that is not.

    A mistake in the settings of one takes no page down; the system check tells of it.
    """
    try:
        return conf.bots()
    except ImproperlyConfigured:
        with contextlib.suppress(ImproperlyConfigured):
            return {"default": conf.bot()}
        return {}


def bot_choices() -> Choices:
    """Return the configured bots by their aliases."""
    return [(alias, alias) for alias in working_bots()]


def tag_choices(*first: tuple[str, Any], known: Iterable[str] = ()) -> Choices:
    """Return the ``first`` choices, the 17 tags, and those that some bot or ``known`` adds."""
    tags = [tag.value for tag in MessageTag]
    for bot in working_bots().values():
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


class TagFilter(admin.SimpleListFilter):
    """Filters by tag, also for those without one."""

    title = _("tag")
    parameter_name = "tag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return tag_choices((_NO_TAG, _("No tag")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if not self.value():
            return queryset
        return queryset.filter(tag="" if self.value() == _NO_TAG else self.value())


def tag_purposes(choices: Choices) -> Choices:
    """Return what Messenger permits each tag for; a site's own tag has the site's own rules."""
    found = []
    for tag, _label in choices:
        if tag:
            purpose = purpose_of(tag)
            found.append((tag, localized(purpose) if purpose else _("A tag of this site's own.")))
    return found
