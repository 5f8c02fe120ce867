"""From the submitted form to a message's JSON: :func:`read_message`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joinchat_django.api.buttons import REFERENCES, Payload
from joinchat_django.api.rules import Flag, Number
from joinchat_django.api.structures import Declared, Items, Nested, Structure, fields_of
from joinchat_django.rendering.parts import EACH

from .places import Place
from .showing import MOST_ITEMS, SEPARATOR, TYPES, kind_of_item
from .values import number, reference

Posted = Mapping[str, Any]


def read_message(word: str, posted: Posted, name: str) -> dict[str, Any]:
    """Return the body that the form for a type of message holds.

    Empty fields are left out, as are inputs that the type does not declare. Raises ``KeyError``
    for a type that is none.
    """
    return _object(TYPES[word], posted, Place("", name))


def text_of(posted: Posted, name: str) -> str:
    """Return an input's text with the line breaks that Messenger knows."""
    return str(posted.get(name, "")).replace("\r\n", "\n")


def _object(kind: type[Structure], posted: Posted, place: Place) -> dict[str, Any]:
    data: dict[str, Any] = dict([kind.mark]) if kind.mark else {}
    for name, field in fields_of(kind).items():
        if field.rule.in_json:
            value = _value(field, posted, place.member(name))
            if value is not None:
                data[name] = value
    return data


def _value(field: Declared, posted: Posted, place: Place) -> Any:
    rule = field.rule
    if isinstance(rule, Nested):
        is_there = field.required or posted.get(place.name)
        return _object(rule.kind, posted, place) if is_there else None
    if isinstance(rule, Items):
        items = _items(rule, posted, place)
        return items if items or rule.least else None
    if isinstance(rule, Payload):
        return _payload(posted, place)
    text = text_of(posted, place.name)
    if not text:
        return None
    if isinstance(rule, Flag):
        return {"true": True, "false": False}.get(text)
    return number(text) if isinstance(rule, Number) else text


def _items(rule: Items, posted: Posted, place: Place) -> list[Any]:
    count = text_of(posted, place.name)
    many = min(int(count), MOST_ITEMS) if count.isdecimal() and len(count) < 5 else 0
    return [_item(rule, posted, place.item(index)) for index in range(many)]


def _item(rule: Items, posted: Posted, place: Place) -> dict[str, Any]:
    kind = kind_of_item(rule, posted.get(f"{place.name}-type"))
    each = [text_of(posted, f"{place.name}-each-{part}").strip() for part in ("list", "name")]
    repeated = {EACH: SEPARATOR.join(each) if each[1] else each[0]} if any(each) else {}
    return {**repeated, **_object(kind, posted, place)}


def _payload(posted: Posted, place: Place) -> Any:
    if posted.get(f"{place.name}-form") == "text":
        return text_of(posted, f"{place.name}-text") or None
    found = {}
    for name in REFERENCES:
        at = place.member(name)
        if text := text_of(posted, at.name).strip():
            found[name] = reference(text, str(posted.get(f"{at.name}-kind", "")))
    return found or None
