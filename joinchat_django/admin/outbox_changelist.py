"""Pages of the outbox that cost the same whether it holds ten rows or ten million."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, Max, Min, QuerySet
from django.http import HttpRequest

from joinchat_django.models import OutboxMessage

from .outbox_filters import DateFilter, GroupFilter, narrowings_of
from .outbox_search import condition_for

#: Rows up to which a filter's rows are read along its index, and sorted.
FEW = 50_000

#: Primary keys that one request walks through at most in search of rows that match.
STRETCH = 500_000

BEFORE, AFTER = "before", "after"
MAX_KEY = 2**63 - 1


@dataclass(frozen=True)
class Stretch:
    """The primary keys, from one to another, that were looked through for a page."""

    lowest: int
    highest: int


class OutboxChangeList(ChangeList):
    """Rows by primary key, the newest first, in pages without numbers.

    ``?before=<key>`` and ``?after=<key>`` say where a page begins. The rows that match are not
    counted, and none are read to get past them. Up to :data:`FEW` that match a filter are found
    along its index; for more, the primary key is walked, a bounded stretch of it in one request:
    ``stretch`` tells then where that ended, and the links to other pages go on from there.
    """

    def get_queryset(
        self, request: HttpRequest, exclude_parameters: list[str | None] | None = None
    ) -> QuerySet[OutboxMessage]:
        """Return the rows; those that match filters and search are found page by page."""
        self.before = self._key(BEFORE)
        self.after = self._key(AFTER)
        # The search is ours: the admin's own compares with LIKE.
        query, self.query = self.query, ""
        try:
            queryset: QuerySet[OutboxMessage] = super().get_queryset(request, exclude_parameters)
        finally:
            self.query = query
        self.searched = condition_for(query.strip()) if query.strip() else None
        self.narrowings = narrowings_of(self.filter_specs)
        if self.searched:
            self.narrowings.append(self.searched)
        return queryset.defer("content", "last_error", "answer")

    def _key(self, name: str) -> int | None:
        """Take one of the two keys out of the address: filters and links know nothing of them."""
        self.filter_params.pop(name, None)
        value = self.params.pop(name, None)
        if value is None:
            return getattr(self, name, None)
        try:
            return min(max(int(value), 0), MAX_KEY)
        except ValueError as error:
            raise IncorrectLookupParameters(error) from error

    def get_results(self, request: HttpRequest) -> None:
        """Read the page."""
        self.stretch: Stretch | None = None
        self.newer = self.older = ""
        self.group = self.params.get(GroupFilter.parameter_name, "")
        self.without_group = self.get_query_string(remove=[GroupFilter.parameter_name])
        self.limits = self._limits()
        self.is_walk = self._narrow()
        found = None if self.after is None else self._newer_page(self.after)
        self.result_list = self._older_page() if found is None else found
        self.result_count = len(self.result_list)
        self.show_full_result_count = False
        self.full_result_count = self.result_count
        self.show_admin_actions = bool(self.result_list)
        self.can_show_all = True
        self.multi_page = False
        self.paginator = None

    def _limits(self) -> tuple[int | None, int | None]:
        """Return the keys that the rows lie between as far as a date tells: from, and up to."""
        for spec in self.filter_specs:
            if isinstance(spec, DateFilter):
                return spec.limits
        return None, None

    def _narrow(self) -> bool:
        """Apply filters and search; tell whether the primary key is to be walked for them."""
        if not self.narrowings:
            return False
        # Those first of which that is known without a look.
        in_order = sorted(self.narrowings, key=lambda one: bool(one.along))
        few = next((one for one in in_order if one.is_few(self.root_queryset, FEW)), None)
        if few:
            self.queryset = self.queryset.filter(few.condition)
            for one in self.narrowings:
                if one is not few:
                    self.queryset = one.walked(self.queryset)
            # What sorts by a key that is not quite the primary one does not tempt a planner to
            # walk along that until, much later, it has met enough of a few rows.
            self.queryset = self.queryset.alias(key=F("pk") + 0)
            self.order = "key"
            return False
        for one in self.narrowings:
            self.queryset = one.walked(self.queryset)
        return True

    order = "pk"

    def _older_page(self) -> list[OutboxMessage]:
        rows = self.queryset.order_by(f"-{self.order}")
        if self.before is not None:
            rows = rows.filter(pk__lt=self.before)
        lowest = self._start_stretch() if self.is_walk else None
        if self.stretch and lowest is not None:
            rows = rows.filter(pk__gte=self.stretch.lowest, pk__lte=self.stretch.highest)
        page = list(rows[: self.list_per_page + 1])
        if len(page) > self.list_per_page:
            page.pop()
            self.stretch = None
            self.older = self._link(BEFORE, page[-1].pk)
        elif self.stretch and lowest is not None and self.stretch.lowest > lowest:
            self.older = self._link(BEFORE, self.stretch.lowest)
        else:
            self.stretch = None
        if self.before is not None:
            top = page[0].pk if page else self.before - 1
            if self.root_queryset.filter(pk__gt=top).exists():
                self.newer = self._link(AFTER, top)
        return page

    def _newer_page(self, after: int) -> list[OutboxMessage] | None:
        """Return the page that follows, None if that would be the first one."""
        rows = self.queryset.filter(pk__gt=after).order_by(self.order)
        end = None
        if self.is_walk:
            end = after + STRETCH
            rows = rows.filter(pk__lte=end)
        page = list(rows[: self.list_per_page + 1])
        if len(page) > self.list_per_page:
            page.pop()
            self.newer = self._link(AFTER, page[-1].pk)
        elif end is not None and end < self._last_key():
            self.newer = self._link(AFTER, end)
            self.stretch = Stretch(after + 1, end)
        else:
            return None
        page.reverse()
        self.older = self._link(BEFORE, page[-1].pk if page else after + 1)
        return page

    def _last_key(self) -> int:
        """Return the highest key that can matter."""
        ends = [one.ends(self.root_queryset) for one in self.narrowings if one.has_ends]
        until = self.limits[1]
        last = self.root_queryset.order_by().aggregate(highest=Max("pk"))["highest"] or 0
        return min(
            last, MAX_KEY if until is None else until, *(one[1] if one else 0 for one in ends)
        )

    def _start_stretch(self) -> int | None:
        """Set the stretch to walk, and return the lowest key that can matter at all."""
        ends = [one.ends(self.root_queryset) for one in self.narrowings if one.has_ends]
        if None in ends:
            return None
        outer = self.root_queryset.order_by().aggregate(lowest=Min("pk"), highest=Max("pk"))
        if outer["lowest"] is None:
            return None
        since, until = self.limits
        lowest: int = max(outer["lowest"], since or 0, *(one[0] for one in ends if one))
        highest = min(
            outer["highest"],
            MAX_KEY if until is None else until,
            MAX_KEY if self.before is None else self.before - 1,
            *(one[1] for one in ends if one),
        )
        self.stretch = Stretch(max(lowest, highest - STRETCH + 1), highest)
        return lowest

    def _link(self, name: str, key: int) -> str:
        return self.get_query_string({name: key})
