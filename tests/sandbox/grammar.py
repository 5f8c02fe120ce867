"""What JSON can be made of: builds valid values, and values with one fault in each place."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

#: One value of each kind that JSON has.
SAMPLES: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "integer": 1,
    "number": 1.5,
    "string": "x",
    "list": [],
    "object": {},
}

Fault = tuple[str, Any]
"""The path of a place, and the value with a fault in that place."""


def characters() -> st.SearchStrategy[str]:
    return st.characters(exclude_characters="\0", exclude_categories=["Cs"])


class Node(ABC):
    """A place. ``kinds`` are the kinds of JSON value that it takes."""

    kinds: tuple[str, ...]

    @abstractmethod
    def valid(self) -> st.SearchStrategy[Any]:
        """Draw values that it takes."""

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        """Yield the value with each fault that it can have, one at a time."""
        for kind, sample in SAMPLES.items():
            if kind not in self.kinds:
                yield path, sample


@dataclass(frozen=True)
class String(Node):
    most: int | None = None
    least: int = 1
    kinds: tuple[str, ...] = ("string",)

    def valid(self) -> st.SearchStrategy[str]:
        short = st.text(characters(), min_size=self.least, max_size=min(self.most or 9, 9))
        return short if self.most is None else short | st.just("字" * self.most)

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        yield from super().faults(value, path)
        yield from ((path, value[:5] + mark) for mark in ("\0", "\ud800", "\udfff"))
        if self.least:
            yield path, ""
        if self.most is not None:
            yield path, value + "x" * (self.most + 1 - len(value))
            yield path, "😀" * (self.most + 1)


@dataclass(frozen=True)
class OneOf(Node):
    """One of a few values, or what a strategy draws, with values that are not allowed."""

    kinds: tuple[str, ...]
    allowed: st.SearchStrategy[Any]
    refused: tuple[Any, ...]

    def valid(self) -> st.SearchStrategy[Any]:
        return self.allowed

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        yield from super().faults(value, path)
        yield from ((path, refused) for refused in self.refused)


@dataclass(frozen=True)
class Many(Node):
    item: Node
    most: int | None = None
    least: int = 0
    kinds: tuple[str, ...] = ("list",)

    def valid(self) -> st.SearchStrategy[list[Any]]:
        return st.lists(self.item.valid(), min_size=self.least, max_size=self.least + 1).map(
            lambda items: items if self.most is None else items[: self.most]
        )

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        yield from super().faults(value, path)
        if self.least:
            yield path, value[: self.least - 1]
        if self.most is not None and value:
            yield path, [value[0]] * (self.most + 1)
        for index, item in enumerate(value):
            for place, broken in self.item.faults(item, f"{path}[{index}]"):
                yield place, [*value[:index], broken, *value[index + 1 :]]


@dataclass(frozen=True)
class Fields(Node):
    """An object. A name that ends in a question mark may be left out, but for ``one_of``."""

    fields: Mapping[str, Node]
    one_of: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("object",)

    @property
    def required(self) -> dict[str, Node]:
        return {name: node for name, node in self.fields.items() if not name.endswith("?")}

    @property
    def optional(self) -> dict[str, Node]:
        return {name[:-1]: node for name, node in self.fields.items() if name.endswith("?")}

    def valid(self) -> st.SearchStrategy[dict[str, Any]]:
        required = {name: node.valid() for name, node in self.required.items()}
        optional = {name: node.valid() for name, node in self.optional.items()}
        if not self.one_of:
            return st.fixed_dictionaries(required, optional=optional)
        return st.sampled_from(self.one_of).flatmap(
            lambda name: st.fixed_dictionaries(
                {**required, name: optional[name].filter(lambda value: value != "")},
                optional={other: node for other, node in optional.items() if other != name},
            )
        )

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        yield from super().faults(value, path)
        yield f"{path}.surplus".lstrip("."), {**value, "surplus": "x"}
        for name in self.required:
            yield f"{path}.{name}".lstrip("."), without(value, name)
        if self.one_of:
            yield path, without(value, *self.one_of)
        for name, node in {**self.required, **self.optional}.items():
            if name in value:
                for place, broken in node.faults(value[name], f"{path}.{name}".lstrip(".")):
                    yield place, {**value, name: broken}


@dataclass(frozen=True)
class Kinds(Node):
    """An object whose field ``key`` says what else it holds."""

    key: str
    cases: Mapping[str, Fields]
    kinds: tuple[str, ...] = ("object",)

    def valid(self) -> st.SearchStrategy[dict[str, Any]]:
        return st.one_of(
            *(
                case.valid().map(lambda value, name=name: {self.key: name, **value})
                for name, case in self.cases.items()
            )
        )

    def faults(self, value: Any, path: str) -> Iterator[Fault]:
        yield from super().faults(value, path)
        chosen = value[self.key]
        rest = without(value, self.key)
        yield f"{path}.{self.key}", rest
        for wrong in ("", "media", chosen.upper(), *(v for v in SAMPLES.values() if v != "x")):
            yield f"{path}.{self.key}", {**value, self.key: wrong}
        for place, broken in self.cases[chosen].faults(rest, path):
            if isinstance(broken, dict) and broken:
                yield place, {self.key: chosen, **broken}


def without(value: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: copy.deepcopy(item) for name, item in value.items() if name not in names}
