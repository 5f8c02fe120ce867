"""The sample data as inputs: one for each variable that the bodies name."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from joinchat_django.rendering import Variable

from .reading import Posted, text_of
from .values import written

#: Rows of a list that have inputs.
MOST_ROWS = 30
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,12})?")


@dataclass
class Value:
    """An input for one variable; ``placeholder`` is what stands for it while it is empty."""

    name: str
    label: str
    value: str
    placeholder: str
    kind: str

    is_list = False


@dataclass
class Rows:
    """Inputs for a list's items."""

    name: str
    label: str
    rows: list[list[Value | Rows]] = field(default_factory=list)

    is_list = True

    @property
    def path(self) -> str:
        """Its place in the sample data, such as ``.order.lines``."""
        return self.name[self.name.index(".") :]

    @property
    def is_full(self) -> bool:
        """Whether it has as many rows as it may have."""
        return len(self.rows) >= MOST_ROWS


def show_sample(variables: tuple[Variable, ...], data: Any, name: str) -> list[Value | Rows]:
    """Return the inputs for variables, filled in from sample data."""
    values = data if isinstance(data, Mapping) else {}
    shown: list[Value | Rows] = []
    for variable in variables:
        at = f"{name}.{variable.name}"
        value = values.get(variable.name)
        if variable.kind == "object":
            shown.extend(show_sample(variable.members, value, at))
        elif variable.kind == "list":
            items = value[:MOST_ROWS] if isinstance(value, list) else []
            rows = [_row(variable, item, f"{at}[{index}]") for index, item in enumerate(items)]
            shown.append(Rows(at, variable.path, rows))
        else:
            shown.append(_value(variable, value, at))
    return shown


def _row(variable: Variable, item: Any, name: str) -> list[Value | Rows]:
    if _is_plain(variable):
        return [_value(variable.members[0], item, f"{name}.")]
    return show_sample(variable.members, item, name)


def _is_plain(variable: Variable) -> bool:
    """Tell whether a list's items are values and no objects."""
    return bool(variable.members) and not variable.members[0].name


def _value(variable: Variable, value: Any, name: str) -> Value:
    placeholder: Any = variable.path.rpartition(".")[2].replace("_", " ")
    if variable.kind == "number":
        placeholder = "1"
    elif variable.kind == "date":
        placeholder = _("now; or a date such as 2026-11-22")
    label = variable.path or variable.name
    return Value(name, label, written(value), placeholder, variable.kind)


def read_sample(
    variables: tuple[Variable, ...], base: Any, posted: Posted, name: str
) -> dict[str, Any]:
    """Return sample data with what the inputs hold; an empty one leaves its variable out.

    What ``base`` has beside the inputs stays. A value keeps its type where the text allows it.
    """
    data: dict[str, Any] = copy.deepcopy(dict(base)) if isinstance(base, Mapping) else {}
    for variable in variables:
        at = f"{name}.{variable.name}"
        old = data.get(variable.name)
        new: Any
        if variable.kind == "object":
            new = read_sample(variable.members, old, posted, at) or (old if old == {} else None)
        elif variable.kind == "list":
            new = _read_rows(variable, old, posted, at)
        else:
            new = _typed(text_of(posted, at), old) if at in posted else old
        if new is None:
            data.pop(variable.name, None)
        else:
            data[variable.name] = new
    return data


def _read_rows(variable: Variable, old: Any, posted: Posted, name: str) -> Any:
    count = text_of(posted, name)
    if not (count.isdecimal() and len(count) < 4):
        return old
    items = old if isinstance(old, list) else []
    many = min(int(count), max(MOST_ROWS, len(items)))
    rows: list[Any] = []
    for index in range(many):
        item = items[index] if index < len(items) else None
        at = f"{name}[{index}]"
        if index >= MOST_ROWS:
            rows.append(item)
        elif _is_plain(variable):
            value = _typed(text_of(posted, f"{at}."), item) if f"{at}." in posted else item
            rows.append("" if value is None else value)
        else:
            rows.append(read_sample(variable.members, item, posted, at))
    rows.extend(items[MOST_ROWS:] if many == MOST_ROWS else [])
    return rows or (old if old == [] else None)


def _typed(text: str, old: Any) -> Any:
    """Return an input's value: a number if it looks like one and was no text before."""
    if not text:
        return "" if old == "" else None
    if text == written(old):
        return old
    if isinstance(old, bool) and text in ("true", "false"):
        return text == "true"
    if not isinstance(old, str) and _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def change_rows(data: dict[str, Any], verb: str, path: str) -> dict[str, Any]:
    """Return sample data with a row more at the end of a list, or without a list's row.

    ``path`` is an input's name without its prefix: ``.order.lines`` or ``.order.lines[1]``.
    """
    changed = copy.deepcopy(data)
    list_path, _bracket, index = path.removesuffix("]").rpartition("[")
    if verb == "row-add":
        list_path = path
    holder: Any = changed
    steps = re.findall(r"\.([^.\[\]]+)|\[(\d{1,3})\]", list_path)
    for position, (key, number) in enumerate(steps):
        is_last = position == len(steps) - 1
        if key and isinstance(holder, dict):
            holder = holder.setdefault(key, [] if is_last else {})
        elif number and isinstance(holder, list) and int(number) < len(holder):
            holder = holder[int(number)]
        else:
            return data
    if not isinstance(holder, list):
        return data
    if verb == "row-add" and len(holder) < MOST_ROWS:
        holder.append({})
    elif verb == "row-remove" and index.isdecimal() and int(index) < len(holder):
        del holder[int(index)]
    else:
        return data
    return changed
