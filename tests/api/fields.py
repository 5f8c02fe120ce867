"""The contract's fields as a table, and ways to change one of them in a message that has all."""

from __future__ import annotations

import copy
import dataclasses
import re
from typing import Any, NamedTuple

from joinchat_django.api import InvalidMessage, Problem, message_from_dict

from .examples import FULL, FULL_JSON

TEXT, NUMBER, FLAG, CHOICE = "text", "number", "flag", "choice"
LIST, OBJECT, PAYLOAD = "list", "object", "payload"


class Field(NamedTuple):
    """A field's place in the full example of its message type, and what the contract says of it.

    ``least`` and ``most`` count characters or items.
    """

    message: str
    path: str
    kind: str
    required: bool = False
    least: int = 0
    most: int | None = None
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.message}:{self.path}"

    @property
    def name(self) -> str:
        return str(steps(self.path)[-1])


def _of(message: str, place: str, *rows: tuple[Any, ...]) -> list[Field]:
    return [Field(message, place + name, *rest) for name, *rest in rows]


_RATIOS = ("compact", "tall", "full")
_LINK_ROWS = [
    ("url", TEXT, True),
    ("webview_height_ratio", CHOICE, False, 0, None, _RATIOS),
    ("messenger_extensions", FLAG),
    ("fallback_url", TEXT),
]
_TITLE = ("title", TEXT, True, 1, 20)
_CARD_ROWS = [
    ("title", TEXT, True, 1, 80),
    ("subtitle", TEXT, False, 0, 80),
    ("image_url", TEXT),
    ("default_action", OBJECT),
]

FIELDS = [
    *_of("text", "", ("text", TEXT, True, 1, 640)),
    *_of(
        "button",
        "",
        ("text", TEXT, True, 1, 640),
        ("buttons", LIST, True, 1, 3),
        ("sharable", FLAG),
    ),
    *_of("button", "buttons[0].", _TITLE, *_LINK_ROWS),
    *_of("button", "buttons[1].", _TITLE, ("payload", PAYLOAD, True)),
    *_of(
        "generic",
        "",
        ("elements", LIST, True, 1, 10),
        ("image_aspect_ratio", CHOICE, False, 0, None, ("horizontal", "square")),
        ("sharable", FLAG),
    ),
    *_of("generic", "elements[0].", *_CARD_ROWS, ("buttons", LIST, False, 0, 3)),
    *_of("generic", "elements[0].default_action.", *_LINK_ROWS),
    *_of("generic", "elements[0].buttons[0].", _TITLE, *_LINK_ROWS),
    *_of("generic", "elements[0].buttons[1].", _TITLE, ("payload", PAYLOAD, True)),
    *_of(
        "list",
        "",
        ("elements", LIST, True, 2, 4),
        ("top_element_style", CHOICE, False, 0, None, ("compact", "large")),
        ("buttons", LIST, False, 0, 1),
        ("sharable", FLAG),
    ),
    *_of("list", "buttons[0].", _TITLE, ("payload", PAYLOAD, True)),
    *_of("list", "elements[0].", *_CARD_ROWS, ("buttons", LIST, False, 0, 1)),
    *_of("list", "elements[0].default_action.", *_LINK_ROWS),
    *_of("list", "elements[0].buttons[0].", _TITLE, *_LINK_ROWS),
    *_of(
        "receipt",
        "",
        ("recipient_name", TEXT, True, 1),
        ("order_number", TEXT, True, 1),
        ("currency", TEXT, True, 1),
        ("payment_method", TEXT, True, 1),
        ("summary", OBJECT, True),
        ("order_url", TEXT),
        ("merchant_name", TEXT),
        ("timestamp", TEXT),
        ("elements", LIST, False, 0, 100),
        ("address", OBJECT),
        ("adjustments", LIST),
        ("sharable", FLAG),
    ),
    *_of(
        "receipt",
        "summary.",
        ("total_cost", NUMBER, True),
        ("subtotal", NUMBER),
        ("shipping_cost", NUMBER),
        ("total_tax", NUMBER),
    ),
    *_of(
        "receipt",
        "address.",
        ("street_1", TEXT, True, 1),
        ("street_2", TEXT),
        ("city", TEXT, True, 1),
        ("postal_code", TEXT, True, 1),
        ("state", TEXT, True, 1),
        ("country", TEXT, True, 1),
    ),
    *_of("receipt", "adjustments[0].", ("name", TEXT, True, 1), ("amount", NUMBER, True)),
    *_of(
        "receipt",
        "elements[0].",
        ("title", TEXT, True, 1),
        ("price", NUMBER, True),
        ("subtitle", TEXT),
        ("quantity", NUMBER),
        ("currency", TEXT),
        ("image_url", TEXT),
    ),
]


def fields(*kinds: str, **conditions: Any) -> list[Field]:
    """Return the fields of these kinds (all of them if none is named) that meet the conditions."""
    return [
        field
        for field in FIELDS
        if (not kinds or field.kind in kinds)
        and all(getattr(field, name) == value for name, value in conditions.items())
    ]


def steps(path: str) -> list[str | int]:
    """Split a path: ``elements[2].title`` is elements, 2, title."""
    return [
        int(step[1:-1]) if step.startswith("[") else step
        for step in re.findall(r"[A-Za-z_]\w*|\[\d+\]", path)
    ]


def changed(field: Field, value: object) -> dict[str, Any]:
    """Return the full example's JSON with another value in this field."""
    data = copy.deepcopy(FULL_JSON[field.message])
    owner, name = _owner(data, field)
    owner[name] = value
    return data


def without(field: Field) -> dict[str, Any]:
    """Return the full example's JSON without this field."""
    data = copy.deepcopy(FULL_JSON[field.message])
    owner, name = _owner(data, field)
    del owner[name]
    return data


def rebuilt(field: Field, value: object) -> Any:
    """Call the constructor of the object that has the field, with another value in it."""
    *way, last = steps(field.path)
    owner = _at(FULL[field.message], way)
    given = {item.name: getattr(owner, item.name) for item in dataclasses.fields(owner)}
    if field.kind == PAYLOAD:
        given.update(block_id=None, flow_id=None)
    return type(owner)(**{**given, str(last): value})


def items(field: Field, count: int) -> list[Any]:
    """Return a list for a LIST field: the JSON of its first item, so many times."""
    return [_at(FULL_JSON[field.message], steps(field.path))[0]] * count


def first_item(field: Field) -> Any:
    """Return the first item of a LIST field, as an object."""
    return _at(FULL[field.message], steps(field.path))[0]


def _owner(data: Any, field: Field) -> tuple[Any, str]:
    *way, name = steps(field.path)
    return _at(data, way), str(name)


def _at(place: Any, way: list[str | int]) -> Any:
    """Go a way into JSON, or into a message."""
    for step in way:
        is_object = dataclasses.is_dataclass(place)
        place = getattr(place, str(step)) if is_object else place[step]
    return place


def problems_of(data: object) -> dict[str, str]:
    """Return what is wrong with a message's JSON: problems as text, by path."""
    found: dict[str, str] = {}
    for problem in _problems_of(data):
        found[problem.path] = "; ".join(filter(None, [found.get(problem.path), str(problem)]))
    return found


def codes_of(data: object) -> list[tuple[str, str]]:
    """Return what is wrong with a message's JSON: paths with the codes of their problems."""
    return [(problem.path, problem.code) for problem in _problems_of(data)]


def _problems_of(data: object) -> tuple[Problem, ...]:
    try:
        message = message_from_dict(data)
    except InvalidMessage as error:
        return error.problems
    raise AssertionError(f"accepted: {message!r}")
