"""What a filter or a search says about the rows that it lets through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from joinchat_django.models import OutboxMessage

Rows = QuerySet[OutboxMessage]


@dataclass(frozen=True)
class Narrowing:
    """A condition that an index answers.

    ``along`` are the columns of that index, of which those in ``fixed`` come first. Without it
    the condition is known to let few rows through. ``has_ends`` tells that it is cheap to ask for
    the keys of the first and the last row.
    """

    condition: Q
    fixed: tuple[tuple[str, Any], ...] = ()
    along: tuple[str, ...] = ()
    has_ends: bool = False

    @classmethod
    def of(cls, *along: str, has_ends: bool = False, **fixed: Any) -> Narrowing:
        """Return the condition that some columns have these values."""
        return cls(Q(**fixed), tuple(fixed.items()), along, has_ends)

    def __and__(self, other: Narrowing) -> Narrowing:
        """Return both conditions in one; the first one's index has the columns of both."""
        condition = self.condition & other.condition
        return Narrowing(condition, self.fixed + other.fixed, self.along, self.has_ends)

    def walked(self, rows: Rows) -> Rows:
        """Return those of the rows that it lets through, to be found along the primary key."""
        if connections[rows.db].vendor != "sqlite" or not self.fixed:
            return rows.filter(self.condition)
        # It takes any index for an equality, and sorts whatever that finds.
        for name, value in self.fixed:
            plain = Coalesce(F(name), Value(type(value)()))
            rows = rows.alias(**{f"walked_{name}": plain}).filter(**{f"walked_{name}": value})
        return rows

    def is_few(self, rows: Rows, few: int) -> bool:
        """Tell whether it lets at most ``few`` rows through; not more than those are looked at."""
        if not self.along:
            return True
        column = self.along[0]
        return not self.along_index(rows).values_list(column)[few : few + 1]

    def ends(self, rows: Rows) -> tuple[int, int] | None:
        """Return the lowest and the highest key of the rows that it lets through.

        Of a group, each status has its own part of the index, with ends of its own.
        """
        if self.along == ("group", "status", "pk") and "status" not in dict(self.fixed):
            found = [
                (self & Narrowing.of("status", status=status)).ends(rows)
                for status in OutboxMessage.Status.values
            ]
            parts = [ends for ends in found if ends]
            return (min(parts)[0], max(last for _first, last in parts)) if parts else None
        inside = self.along_index(rows).values_list("pk", flat=True)
        first, last = inside.first(), inside.last()
        return None if first is None or last is None else (first, last)

    def along_index(self, rows: Rows) -> Rows:
        """Return the rows in the index's order, which no other index has.

        A range of one value leaves the order by its column in place, where a planner drops that
        of an equality and walks along the primary key. Only the last column may have a range: of
        those behind one, PostgreSQL reads every value.
        """
        *equal, (last, value) = self.fixed
        rows = rows.filter(**dict(equal), **{f"{last}__gte": value, f"{last}__lte": value})
        return rows.order_by(*self.along)
