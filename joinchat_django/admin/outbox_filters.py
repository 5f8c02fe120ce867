"""The outbox's filters. Their choices are known without a look at the outbox."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.contrib.admin import ListFilter, SimpleListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _

from joinchat_django import triggers
from joinchat_django.models import MessageTemplate, OutboxMessage, TriggerState

from .choices import BotFilter, Choices
from .outbox_keys import first_key_since, is_key, last_key_until
from .outbox_narrowing import Narrowing

Rows = QuerySet[OutboxMessage]

#: Templates that can be chosen.
TEMPLATES = 100


class IndexedFilter(SimpleListFilter):
    """A filter by a column with an index. The list decides how its rows are found."""

    along: tuple[str, ...]
    has_ends = False

    def has_output(self) -> bool:
        """Show the filter where there is a choice, or where one was made."""
        return bool(self.lookup_choices or self.value())

    def narrowing(self) -> Narrowing | None:
        """Return what the chosen value asks of a row, and what its index promises."""
        value = self.asked()
        if not value:
            return None
        return Narrowing.of(*self.along, has_ends=self.has_ends, **{self.along[0]: value})

    def asked(self) -> str | int | None:
        """Return the value that the column is to have. No column has NUL in it."""
        value = self.value()
        if value and "\0" in value:
            raise IncorrectLookupParameters(value)
        return value

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """Leave it to the list to apply the narrowing."""
        return queryset


class StatusFilter(IndexedFilter):
    """Filters by status, which addresses may also spell as the admin's own filters do."""

    title = _("status")
    parameter_name = "status"
    alias = "status__exact"
    along = ("status", "settled_at")

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        if spelled := params.pop(self.alias, None):
            params.setdefault(self.parameter_name, spelled)
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return list(OutboxMessage.Status.choices)


class TemplateFilter(IndexedFilter):
    """Filters by template, of which the first hundred by name can be chosen."""

    title = _("template")
    parameter_name = "template"
    along = ("template_id",)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        found = MessageTemplate.objects.order_by("name", "pk").values_list("pk", "name")
        return [(str(pk), name) for pk, name in found[:TEMPLATES]]

    def asked(self) -> int | None:
        value = self.value()
        if value and not is_key(value):
            raise IncorrectLookupParameters(value)
        return int(value) if value else None


class IndexedBotFilter(IndexedFilter, BotFilter):
    """Filters by bot where there are several."""

    along = ("bot", "status", "send_at", "pk")


class TriggerFilter(IndexedFilter):
    """Filters by trigger: those of the code, and those that once were."""

    title = _("trigger")
    parameter_name = "trigger"
    along = ("trigger", "pk")
    has_ends = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        names = {*triggers.registry, *TriggerState.objects.values_list("name", flat=True)}
        return [(name, name) for name in sorted(names)]


class GroupFilter(IndexedFilter):
    """Filters by a group that the address names; broadcasts link to theirs."""

    title = _("group")
    parameter_name = "group"
    along = ("group", "status", "pk")
    has_ends = True

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        return [(self.value() or "", self.value())] if self.value() else []


class DateFilter(ListFilter):
    """Filters by the day of creation, through the primary key, which grows with it."""

    title = _("date")
    template = "admin/joinchat_django/outboxmessage/date_filter.html"
    within, since, until = "created", "created_from", "created_until"
    days = {"today": 1, "7days": 7, "30days": 30}  # noqa: RUF012

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: Any, model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in (self.within, self.since, self.until):
            if values := params.pop(name, None):
                self.used_parameters[name] = values[-1]
        self.limits: tuple[int | None, int | None] = (None, None)
        self.hidden: list[tuple[str, str]] = []

    def expected_parameters(self) -> list[str | None]:
        return [self.within, self.since, self.until]

    def has_output(self) -> bool:
        return True

    def value_of_since(self) -> str:
        """Return the first day of a span, as the form takes it."""
        return str(self.used_parameters.get(self.since, ""))

    def value_of_until(self) -> str:
        """Return the last day of a span, as the form takes it."""
        return str(self.used_parameters.get(self.until, ""))

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        """Yield the ready-made spans; the form beside them takes the other filters along."""
        mine = self.expected_parameters()
        self.hidden = [(k, v) for k, v in changelist.params.items() if k not in mine]
        chosen = self.used_parameters.get(self.within)
        words = {"today": _("Today"), "7days": _("Past 7 days"), "30days": _("Past 30 days")}
        yield {
            "selected": not self.used_parameters,
            "query_string": changelist.get_query_string(remove=mine),
            "display": _("Any date"),
        }
        for name in self.days:
            yield {
                "selected": chosen == name,
                "query_string": changelist.get_query_string({self.within: name}, mine),
                "display": words[name],
            }

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        """Return the rows that were created within the span, the last day included."""
        since, until = self._span()
        lowest = first_key_since(since) if since else None
        highest = last_key_until(until) if until else None
        self.limits = (lowest, highest)
        for name, limit in (
            ("created_at__gte", since),
            ("created_at__lt", until),
            ("pk__gte", lowest),
            ("pk__lte", highest),
        ):
            if limit is not None:
                queryset = queryset.filter(**{name: limit})
        return queryset

    def _span(self) -> tuple[datetime.datetime | None, datetime.datetime | None]:
        if chosen := self.used_parameters.get(self.within):
            if chosen not in self.days:
                raise IncorrectLookupParameters(chosen)
            today = datetime.datetime.now(timezone.get_current_timezone()).date()
            return _midnight(today - datetime.timedelta(days=self.days[chosen] - 1)), None
        first, last = _day(self.value_of_since()), _day(self.value_of_until())
        end = last + datetime.timedelta(days=1) if last else None
        return (_midnight(first) if first else None, _midnight(end) if end else None)


def narrowings_of(specs: Iterable[Any]) -> list[Narrowing]:
    """Return what the filters in use narrow the outbox to; a group and a status do it together."""
    used = {
        str(spec.parameter_name): narrowing
        for spec in specs
        if isinstance(spec, IndexedFilter) and (narrowing := spec.narrowing())
    }
    group, status = used.get("group"), used.get("status")
    if group and status:
        del used["status"]
        used["group"] = group & status
    return list(used.values())


def _day(text: str) -> datetime.date | None:
    """Return a day as the form sends it."""
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError as error:
        raise IncorrectLookupParameters(error) from error
    # The ends of the calendar have no midnight in some time zones.
    if day is None or not 1900 <= day.year < 9000:
        raise IncorrectLookupParameters(text)
    return day


def _midnight(day: datetime.date) -> datetime.datetime:
    midnight = datetime.datetime.combine(day, datetime.time())
    return timezone.make_aware(midnight) if settings.USE_TZ else midnight


#: In the order in which they are shown.
FILTERS = (StatusFilter, IndexedBotFilter, TemplateFilter, TriggerFilter, GroupFilter, DateFilter)
