"""From a message's JSON to the form: :func:`show_message`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from joinchat_django.api.buttons import REFERENCES, DefaultAction, Payload
from joinchat_django.api.messages import MESSAGE_TYPES
from joinchat_django.api.rules import Characters, Choice, Flag, Number
from joinchat_django.api.structures import Declared, Items, Nested, Structure, fields_of
from joinchat_django.rendering.parts import EACH

from . import wording
from .parts import Control, Group, Item, ItemList, Part, PayloadChoice
from .places import Place
from .values import is_references, references_of, written

#: Items of one list that are shown, and read back.
MOST_ITEMS = 120

TYPES: dict[str, type[Structure]] = {kind.mark[1]: kind for kind in MESSAGE_TYPES if kind.mark}
SEPARATOR = " as "


def show_message(body: Mapping[str, Any], name: str) -> Group | None:
    """Return the form for a message's body; None for a body of no known type."""
    word = body.get("template_type")
    kind = TYPES.get(word) if isinstance(word, str) else None
    return None if kind is None else _group(kind, body, Place("", name), "")


def _group(kind: type[Structure], data: object, place: Place, label: Any) -> Group:
    values = data if isinstance(data, Mapping) else {}
    return Group(place, label, members=_members(kind, values, place))


def _members(kind: type[Structure], data: Mapping[str, Any], place: Place) -> list[Part]:
    return [
        _part(kind, name, field, data.get(name), name in data, place.member(name))
        for name, field in fields_of(kind).items()
        if field.rule.in_json
    ]


def _part(
    kind: type[Structure], name: str, field: Declared, value: Any, is_there: bool, place: Place
) -> Part:
    rule = field.rule
    label = wording.label_of(kind, name)
    if isinstance(rule, Nested):
        group = _group(rule.kind, value, place, label)
        group.is_optional = not field.required
        group.is_there = is_there or field.required
        return group
    if isinstance(rule, Items):
        return _items(rule, value, place, label)
    if isinstance(rule, Payload):
        return _payload(value, place, label)
    control = Control(
        place,
        label,
        written(value),
        help=wording.help_of(kind, name),
        required=field.required,
        rare=name in wording.RARE,
    )
    if isinstance(rule, Flag):
        control.widget, control.options = "select", _options("true", "false")
    elif isinstance(rule, Choice):
        control.widget, control.options = "select", _options(*rule.words)
    elif isinstance(rule, Number):
        control.widget = "number"
    elif isinstance(rule, Characters):
        control.most = rule.most
        if name.endswith("url"):
            control.widget = "url"
        if (kind in TYPES.values() and name == "text") or "\n" in control.value:
            control.widget = "area"
    if kind is DefaultAction:
        control.help = control.help if name == "url" else ""
    return control


def _options(*words: str) -> list[tuple[str, Any]]:
    return [("", _("not stated")), *((word, wording.OPTIONS[word]) for word in words)]


def _items(rule: Items, value: object, place: Place, label: Any) -> ItemList:
    data = value[:MOST_ITEMS] if isinstance(value, list) else []
    items = [_item(rule, member, place.item(index), index) for index, member in enumerate(data)]
    if items:
        items[-1].is_last = True
    kinds = [
        (kind.mark[1] if kind.mark else "", wording.KINDS[kind.__name__][1]) for kind in rule.kinds
    ]
    return ItemList(place, label, items=items, kinds=kinds, least=rule.least, most=rule.most)


def kind_of_item(rule: Items, word: object) -> type[Structure]:
    """Return the kind that a mark's word names, the first one if none."""
    marked = {kind.mark[1]: kind for kind in rule.kinds if kind.mark}
    return marked.get(word, rule.kinds[0]) if isinstance(word, str) else rule.kinds[0]


def _item(rule: Items, value: object, place: Place, index: int) -> Item:
    data = value if isinstance(value, Mapping) else {}
    kind = kind_of_item(rule, data.get("type"))
    repeated, _as, name = written(data.get(EACH)).rpartition(SEPARATOR)
    if not _as:
        repeated, name = name, ""
    each = place.member(EACH)
    return Item(
        place,
        wording.KINDS[kind.__name__][0],
        members=_members(kind, data, place),
        number=index + 1,
        kind=kind.mark[1] if kind.mark else "",
        each=[
            Control(
                Place(each.path, f"{place.name}-each-list"),
                _("For each of the list"),
                repeated.strip(),
                help=_("The name of a list in the data, such as lines."),
            ),
            Control(Place("", f"{place.name}-each-name"), _("Called"), name.strip()),
        ],
    )


def _payload(value: object, place: Place, label: Any) -> PayloadChoice:
    value = references_of(value)
    data: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
    chosen = "text" if isinstance(value, str) else "reference"
    references = []
    for name in REFERENCES:
        at = place.member(name)
        found = data.get(name)
        is_number = isinstance(found, int) and not isinstance(found, bool)
        mark = (f"{at.name}-kind", "number") if is_number else None
        shown = written(found) if is_references(data) else ""
        references.append(Control(at, wording.LABELS[name], shown, mark=mark))
    text = Control(
        Place(place.path, f"{place.name}-text"),
        label,
        written(value),
        widget="area" if "\n" in written(value) else "line",
    )
    return PayloadChoice(place, _("When tapped"), chosen, references=references, text=[text])
