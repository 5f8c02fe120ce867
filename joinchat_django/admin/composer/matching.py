"""Whether the form can show a body without losing anything of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joinchat_django.api.buttons import Payload
from joinchat_django.api.errors import join_path
from joinchat_django.api.rules import Number
from joinchat_django.api.structures import Items, Nested, Structure, fields_of
from joinchat_django.rendering.parts import EACH

from .parts import Group
from .reading import read_message
from .showing import TYPES, kind_of_item
from .values import exact, references_of


def first_difference(body: Mapping[str, Any], form: Group, name: str) -> str | None:
    """Return the path of what a form would lose of the body that it shows; None for nothing."""
    word = body["template_type"]
    returned = read_message(word, dict(map(_submitted, form.inputs())), name)
    return _difference(_canonical(TYPES[word], body), _canonical(TYPES[word], returned), "")


def _submitted(pair: tuple[str, str]) -> tuple[str, str]:
    """Return an input as it comes out of a browser, which knows one kind of line break."""
    name, value = pair
    return name, value.replace("\r\n", "\n").replace("\r", "\n")


def _canonical(kind: type[Structure], data: Any) -> Any:
    """Return the data in the one of its equivalent forms that the composer writes."""
    if not isinstance(data, Mapping):
        return data
    fields = fields_of(kind)
    found: dict[str, Any] = {}
    for key, value in data.items():
        if key == EACH and isinstance(value, str):
            found[key] = " ".join(value.split())
        elif key in fields and fields[key].rule.in_json:
            rule = fields[key].rule
            if isinstance(rule, Nested):
                value = _canonical(rule.kind, value)
            elif isinstance(rule, Items) and isinstance(value, list):
                value = [_canonical(_kind(rule, item), item) for item in value]
            elif isinstance(rule, Number):
                value = exact(value)
            elif isinstance(rule, Payload):
                value = references_of(value)
            if not (
                value in ("", [])
                or (value == {} and isinstance(rule, Nested) and fields[key].required)
            ):
                found[key] = value
        else:
            found[key] = value
    return found


def _kind(rule: Items, item: Any) -> type[Structure]:
    return kind_of_item(rule, item.get("type") if isinstance(item, Mapping) else None)


def _difference(one: Any, other: Any, path: str) -> str | None:
    """Return the path of the first difference, the shorter one where something is missing."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in [*one, *(key for key in other if key not in one)]:
            place = join_path(path, str(key))
            if (key in one) != (key in other):
                return place
            if (found := _difference(one[key], other[key], place)) is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        for index, (a, b) in enumerate(zip(one, other, strict=False)):
            if (found := _difference(a, b, f"{path}[{index}]")) is not None:
                return found
        return None if len(one) == len(other) else f"{path}[{min(len(one), len(other))}]"
    return None if type(one) is type(other) and one == other else path
