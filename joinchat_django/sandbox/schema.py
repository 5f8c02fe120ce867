"""Rules for values that came out of JSON, each of which names every fault it finds.

A rule is declared, not programmed: ``contract.py`` builds the contract out of these. Everything
fails closed: a field that no rule names is a fault, ``true`` is no integer, and a text with NUL
or a lone surrogate is no text. A fault is one line, ``path: what is wrong``, and its path is
spelled as the client would write it: ``message.elements[2].buttons[0].title``.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import cast

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_KIND_IN_WORDS = {
    "null": "null",
    "boolean": "a boolean",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "list": "a list",
    "object": "an object",
}


def kind_of(value: object) -> str:
    """Return JSON's word for the value: ``integer`` and ``number`` apart, a boolean neither."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    for kind, types in (
        ("integer", int),
        ("number", float),
        ("string", str),
        ("list", list),
        ("object", dict),
    ):
        if isinstance(value, types):
            return kind
    return "unknown"


def quoted(value: str) -> str:
    """Return a text as a short piece of ASCII JSON, fit for an error message."""
    return json.dumps(value if len(value) <= 60 else value[:57] + "...")


def _join(path: str, key: str) -> str:
    if not _PLAIN_KEY.fullmatch(key):
        return f"{path}[{quoted(key)}]"
    return f"{path}.{key}" if path else key


def _listed(words: Collection[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


class Rule(ABC):
    """What a value must be."""

    @abstractmethod
    def faults(self, value: object, path: str) -> Iterator[str]:
        """Yield one line for each fault of the value that stands at ``path``."""


def _wrong_kind(value: object, path: str, wanted: str) -> str:
    found = _KIND_IN_WORDS.get(kind_of(value), "something that is not JSON")
    return f"{path or 'the body'}: must be {wanted}, found {found}"


@dataclass(frozen=True)
class Text(Rule):
    """A string of ``least`` to ``most`` Unicode code points."""

    most: int | None = None
    least: int = 0

    def faults(self, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield _wrong_kind(value, path, "a string")
            return
        if len(value) < self.least:
            yield f"{path}: must not be empty"
        if self.most is not None and len(value) > self.most:
            yield f"{path}: at most {self.most} characters, found {len(value)}"
        if "\0" in value:
            yield f"{path}: holds a NUL character, which is no text"
        if _SURROGATE.search(value):
            yield f"{path}: holds half of a surrogate pair, which is no text"


@dataclass(frozen=True)
class Pattern(Rule):
    """A string that the regular expression matches from end to end."""

    expression: str
    wanted: str

    def faults(self, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield _wrong_kind(value, path, self.wanted)
        elif not re.fullmatch(self.expression, value):
            yield f"{path}: must be {self.wanted}, found {quoted(value)}"


@dataclass(frozen=True)
class Choice(Rule):
    """One of a few strings, which a fault lists, or calls by the words in ``wanted``."""

    among: Collection[str]
    wanted: str = ""

    def faults(self, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield _wrong_kind(value, path, "a string")
        elif value not in self.among:
            wanted = self.wanted or _listed(self.among)
            yield f"{path}: must be {wanted}, found {quoted(value)}"


@dataclass(frozen=True)
class Boolean(Rule):
    """``true`` or ``false``."""

    def faults(self, value: object, path: str) -> Iterator[str]:
        if kind_of(value) != "boolean":
            yield _wrong_kind(value, path, "true or false")


@dataclass(frozen=True)
class Integer(Rule):
    """A whole number without a decimal point, within its bounds."""

    least: int | None = None
    most: int | None = None

    def faults(self, value: object, path: str) -> Iterator[str]:
        if kind_of(value) != "integer":
            yield _wrong_kind(value, path, "an integer")
            return
        number = cast(int, value)
        found = str(number) if abs(number) < 10**30 else "a number of more than 30 digits"
        if self.least is not None and number < self.least:
            yield f"{path}: at least {self.least}, found {found}"
        if self.most is not None and number > self.most:
            yield f"{path}: at most {self.most}, found {found}"


@dataclass(frozen=True)
class Number(Rule):
    """A finite JSON number, whole or not. A number inside a string is a string."""

    def faults(self, value: object, path: str) -> Iterator[str]:
        if kind_of(value) not in ("integer", "number"):
            yield _wrong_kind(value, path, "a number")
        elif isinstance(value, float) and not math.isfinite(value):
            yield f"{path}: must be a finite number"


@dataclass(frozen=True)
class ListOf(Rule):
    """A list of ``least`` to ``most`` items that all follow one rule."""

    item: Rule
    most: int | None = None
    least: int = 0

    def faults(self, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield _wrong_kind(value, path, "a list")
            return
        if len(value) < self.least:
            yield f"{path}: at least {self.least}, found {len(value)}"
        if self.most is not None and len(value) > self.most:
            yield f"{path}: at most {self.most}, found {len(value)}"
        for index, item in enumerate(value):
            yield from self.item.faults(item, f"{path}[{index}]")


@dataclass(frozen=True)
class Object(Rule):
    """A JSON object with the ``required`` and ``optional`` fields and, unless open, no others.

    ``exactly_one`` and ``at_least_one`` name optional fields of which so many must be given; an
    empty string does not count as given for the latter.
    """

    required: Mapping[str, Rule] = field(default_factory=dict)
    optional: Mapping[str, Rule] = field(default_factory=dict)
    exactly_one: tuple[str, ...] = ()
    at_least_one: tuple[str, ...] = ()
    is_open: bool = False

    def faults(self, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _wrong_kind(value, path, "an object")
            return
        for key in self.required:
            if key not in value:
                yield f"{_join(path, key)}: required"
        rules = {**self.required, **self.optional}
        for key, item in value.items():
            if key in rules:
                yield from rules[key].faults(item, _join(path, key))
            elif not self.is_open:
                yield f"{_join(path, str(key))}: unknown field; known here: {', '.join(rules)}"
        given = [key for key in self.exactly_one if key in value]
        if self.exactly_one and len(given) != 1:
            found = " and ".join(given) or "none"
            yield f"{path}: must have exactly one of {_listed(self.exactly_one)}, found {found}"
        if self.at_least_one and all(value.get(key, "") == "" for key in self.at_least_one):
            yield f"{path}: must have at least one of {_listed(self.at_least_one)}"


@dataclass(frozen=True)
class Variants(Rule):
    """A JSON object whose field ``key`` says which rule the rest of it follows."""

    key: str
    cases: Mapping[str, Rule]

    def faults(self, value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield _wrong_kind(value, path, "an object")
            return
        if self.key not in value:
            yield f"{_join(path, self.key)}: required; must be {_listed(self.cases)}"
            return
        chosen = value[self.key]
        wrong = list(Choice(self.cases.keys()).faults(chosen, _join(path, self.key)))
        if wrong:
            yield from wrong
            return
        rest = {key: item for key, item in value.items() if key != self.key}
        yield from self.cases[chosen].faults(rest, path)


@dataclass(frozen=True)
class ByKind(Rule):
    """A value that may be of several kinds, with a rule for each."""

    cases: Mapping[str, Rule]

    def faults(self, value: object, path: str) -> Iterator[str]:
        rule = self.cases.get(kind_of(value))
        if rule is None:
            yield _wrong_kind(value, path, _listed([_KIND_IN_WORDS[kind] for kind in self.cases]))
        else:
            yield from rule.faults(value, path)
