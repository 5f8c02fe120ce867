"""Buttons, and the action that a tap on an element runs (contract, "Buttons")."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from .encoding import encode
from .errors import InvalidMessage, Problem
from .rules import (
    Characters,
    Choice,
    Flag,
    Relation,
    Rule,
    at_least_one_of,
    kind_of,
    name_of,
    with_suggestion,
)
from .structures import Structure
from .wording import worded as _

Title = Annotated[str, Characters(20)]


@dataclass(frozen=True, kw_only=True)
class WebURLButton(Structure):
    """Opens a page. The URL's domain must be on the bot's whitelist in JoinChat's console."""

    mark = ("type", "web_url")

    title: Title
    url: Annotated[str, Characters()]
    webview_height_ratio: Annotated[str | None, Choice("compact", "tall", "full")] = None
    messenger_extensions: Annotated[bool | None, Flag()] = None
    fallback_url: Annotated[str | None, Characters(least=0)] = None


@dataclass(frozen=True, kw_only=True)
class DefaultAction(Structure):
    """What a tap on an element opens: a web-URL button without a title."""

    mark = ("type", "web_url")

    url: Annotated[str, Characters()]
    webview_height_ratio: Annotated[str | None, Choice("compact", "tall", "full")] = None
    messenger_extensions: Annotated[bool | None, Flag()] = None
    fallback_url: Annotated[str | None, Characters(least=0)] = None


class Payload(Rule):
    """Text. In JSON also the object form of a payload, ``{"block_id": …, "flow_id": …}``."""

    def problems(self, value: object) -> Iterator[Problem]:
        return Characters().problems(value)

    def load(self, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        not_a_field = _("is not a field of a payload")
        problems = [
            Problem(name_of(key), with_suggestion(not_a_field, key, REFERENCES))
            for key in data
            if key not in REFERENCES
        ]
        for name in REFERENCES:
            if name in data:
                found = Reference().problems(data[name])
                problems.extend(problem.under(name) for problem in found)
        if not data:
            problems.append(Problem("", at_least_one_of(REFERENCES), code="required"))
        if problems:
            raise InvalidMessage(problems)
        return encode({name: data[name] for name in REFERENCES if name in data})


class Reference(Rule):
    """The id of a block or a flow: text or a whole number, and it keeps the type it has."""

    in_json = False

    def problems(self, value: object) -> Iterator[Problem]:
        if isinstance(value, str):
            yield from Characters().problems(value)
        elif isinstance(value, bool) or not isinstance(value, int):
            yield Problem("", _("must be text or a whole number"), kind_of(value))
        elif abs(value) >= 10**MOST_DIGITS:
            limit = _("must be a number of at most %(most)s digits", most=MOST_DIGITS)
            yield Problem("", limit, _("a longer one"))


#: Digits of a block's or a flow's id; Python writes no number of more than a few thousand.
MOST_DIGITS = 300

REFERENCES = ("block_id", "flow_id")


class PayloadOrReferences(Relation):
    """A postback names its payload, or what JoinChat runs; not two different things."""

    def problems(self, values: Mapping[str, object]) -> Iterator[Problem]:
        payload = values.get("payload")
        references = _references(values)
        if payload is None and not references:
            yield Problem("payload", _("is required (or block_id, flow_id)"), code="required")
        elif isinstance(payload, str) and references and _parse_references(payload) != references:
            yield Problem("payload", _("must be left out where block_id or flow_id is given"))


@dataclass(frozen=True, kw_only=True)
class PostbackButton(Structure):
    """Sends a payload to JoinChat.

    JoinChat runs the block or the flow that the payload names; give ``block_id``, ``flow_id`` or
    both, as text or as a number. They go out as a string that holds JSON,
    ``"{\\"block_id\\":1}"``. A ``payload`` given as text goes out as it is.
    """

    mark = ("type", "postback")
    relations = (PayloadOrReferences(),)

    title: Title
    payload: Annotated[str | None, Payload()] = None
    # The payload says the same, so it alone decides whether two buttons are equal.
    block_id: Annotated[str | int | None, Reference()] = field(default=None, compare=False)
    flow_id: Annotated[str | int | None, Reference()] = field(default=None, compare=False)

    def __post_init__(self) -> None:
        references = _references(vars(self))
        if self.payload is None and references:
            object.__setattr__(self, "payload", encode(references))
        elif isinstance(self.payload, str) and not references:
            for name, value in _parse_references(self.payload).items():
                object.__setattr__(self, name, value)
        super().__post_init__()


def _references(values: Mapping[str, object]) -> dict[str, Any]:
    """Return the well-formed references among an object's values."""
    return {
        name: values[name]
        for name in REFERENCES
        if values.get(name) is not None and not any(Reference().problems(values[name]))
    }


def _parse_references(payload: str) -> dict[str, Any]:
    """Return the references that a payload's text holds, in the very form in which we send them."""
    if not payload.startswith("{"):
        return {}
    try:
        data = json.loads(payload)
        written = encode(data)
    except (ValueError, RecursionError):
        return {}
    if written != payload or not set(data) <= set(REFERENCES):
        return {}
    references = _references(data)
    return references if len(references) == len(data) else {}
