"""Sample data for a preview: what somebody gave, completed."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime, parse_time

from .variables import Variable, variables_of

#: Items of a list that somebody gave nothing for. A list message has no fewer elements.
ITEMS = 2


def sample_for(body: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return sample data with a placeholder for each of a body's variables that they lack.

    A value's placeholder is its own name with spaces ("first_name" becomes "first name"), a
    number's 1, a date's the present moment, a list's two such items, or as many as the body reaches
    for. What is given stays, empty or not, and is completed where it is an object or a list of
    objects. Of a date that is given as text, in the way of ISO 8601, a date is made: JSON has none.

    The result is a context, and no JSON: it may hold dates. Nothing that is given is changed.
    """
    return _completed(variables_of(body), given)


def dated(body: object, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return sample data with their dates made of text, as :func:`sample_for` does that alone."""
    return _completed(variables_of(body), given, is_sparse=True)


def with_user(sample: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Any]:
    """Return sample data with a recipient who has these fields.

    Of the recipient the data need to name only what matters: the rest is filled in with names.
    """
    user = {name: name.replace("_", " ") for name in fields}
    given = sample.get("user")
    return {**sample, "user": {**user, **given} if isinstance(given, Mapping) else user}


def _completed(
    members: tuple[Variable, ...], given: Mapping[str, Any], *, is_sparse: bool = False
) -> dict[str, Any]:
    completed = dict(given)
    for member in members:
        if member.name in given:
            completed[member.name] = _fitted(member, given[member.name], is_sparse=is_sparse)
        elif not is_sparse:
            completed[member.name] = _placeholder(member)
    return completed


def _fitted(variable: Variable, value: Any, *, is_sparse: bool) -> Any:
    if variable.kind == "object" and isinstance(value, Mapping):
        return _completed(variable.members, value, is_sparse=is_sparse)
    if variable.kind == "list" and isinstance(value, (list, tuple)):
        item = _item(variable)
        return [_fitted(item, member, is_sparse=is_sparse) for member in value]
    if variable.kind == "date" and isinstance(value, str):
        return _date(value)
    return value


def _placeholder(variable: Variable) -> Any:
    if variable.kind == "object":
        return _completed(variable.members, {})
    if variable.kind == "list":
        item = _item(variable)
        return [_placeholder(item) for _index in range(max(ITEMS, variable.least))]
    if variable.kind == "date":
        return timezone.localtime() if timezone.is_aware(timezone.now()) else timezone.now()
    if variable.kind == "number":
        return 1
    return variable.path.rpartition(".")[2].replace("_", " ")


def _item(variable: Variable) -> Variable:
    """Return what stands for an item of a list."""
    if variable.members and not variable.members[0].name:
        return variable.members[0]
    return Variable(variable.name, variable.path, "object", variable.members)


def _date(text: str) -> Any:
    """Return the date, the moment or the time of day that a text says; else the text."""
    for parse in (parse_date, parse_datetime, parse_time):
        try:
            parsed: datetime.date | datetime.time | None = parse(text)
        except ValueError:
            continue
        if parsed is not None:
            return parsed
    return text
