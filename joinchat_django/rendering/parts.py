"""The nodes of a compiled body, each of which becomes JSON data for one recipient."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.template import Context, Template
from django.template.base import FilterExpression, VariableDoesNotExist, VariableNode
from django.utils import translation

from joinchat_django.api import InvalidMessage, Problem
from joinchat_django.api.errors import join_path
from joinchat_django.api.rules import Rule, excerpt, kind_of
from joinchat_django.api.wording import worded as _

from .engine import NotText, compile_text, text_context

EACH = "$each"
#: Numbers are below this, so that floating point and every database keep them as they are.
NUMBER_LIMIT = 10**15
_EACH_FORM = re.compile(r"(?P<list>\S.*?)\s+as\s+(?P<name>[A-Za-z_]\w*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")

_TOO_LARGE = _("must have at most 15 digits")


class Part(ABC):
    """A node of a compiled body."""

    @abstractmethod
    def render(self, context: Context, path: str) -> Any:
        """Return the node as JSON data. Raises ``InvalidMessage``."""


class LiteralPart(Part):
    """What is the same for everybody."""

    def __init__(self, value: object) -> None:
        self.value = value

    def render(self, context: Context, path: str) -> Any:
        return self.value


class TextPart(Part):
    """A string; ``rule`` is what the contract says of its place, if it says anything."""

    def __init__(self, template: Template, rule: Rule | None = None) -> None:
        self.template = template
        self.rule = rule

    def render(self, context: Context, path: str) -> Any:
        try:
            return str(self.template.render(context))
        except NotText as error:
            raise InvalidMessage([Problem(path, error.limit)]) from error
        except Exception as error:
            raise _cannot_be_rendered(path, error) from _cause(error)


class NumberPart(TextPart):
    """A string where the contract has a number: rendered unlocalised and parsed."""

    def render(self, context: Context, path: str) -> Any:
        values: dict[Any, Any] = context.flatten()
        plain = text_context(values, localize=False)
        with translation.override("en"):
            text = super().render(plain, path).strip()
        if not _NUMBER.fullmatch(text):
            raise InvalidMessage([_no_number(path, text)])
        try:
            value = Decimal(text)
        except InvalidOperation as error:
            raise InvalidMessage([_no_number(path, text)]) from error
        if abs(value) >= NUMBER_LIMIT:
            raise InvalidMessage([Problem(path, _TOO_LARGE, excerpt(text))])
        return value


class ObjectPart(Part):
    """An object, its members in the order in which they are rendered."""

    def __init__(self, members: Mapping[str, Part]) -> None:
        self.members = members

    def render(self, context: Context, path: str) -> Any:
        problems: list[Problem] = []
        data: dict[str, Any] = {}
        for key, part in self.members.items():
            try:
                data[key] = part.render(context, join_path(path, key))
            except InvalidMessage as error:
                problems.extend(error.problems)
        if problems:
            raise InvalidMessage(problems)
        return data


class ListPart(Part):
    """A list, some of whose elements may be repeated."""

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts

    def render(self, context: Context, path: str) -> Any:
        items: list[Any] = []
        problems: list[Problem] = []
        for index, part in enumerate(self.parts):
            place = f"{path}[{index}]"
            try:
                if isinstance(part, EachPart):
                    items.extend(part.render_all(context, place))
                else:
                    items.append(part.render(context, place))
            except InvalidMessage as error:
                problems.extend(error.problems)
        if problems:
            raise InvalidMessage(problems)
        return items


class EachPart(Part):
    """An element that is repeated over a list of the context."""

    def __init__(self, each: Each, element: Part) -> None:
        self.each = each
        self.element = element

    def render(self, context: Context, path: str) -> Any:
        return list(self.render_all(context, path))

    def render_all(self, context: Context, path: str) -> Iterator[Any]:
        """Yield the element once for each item. Raises ``InvalidMessage`` if there is no list."""
        place = join_path(path, EACH)
        try:
            items = self.each.expression.resolve(context, ignore_failures=True)
        except Exception as error:
            raise _cannot_be_rendered(place, error) from _cause(error)
        if not isinstance(items, list):
            limit = _(
                "must repeat over a list, and %(source)s is none",
                source=repr(self.each.source),
            )
            raise InvalidMessage([Problem(place, limit, kind_of(items))])
        for item in items:
            with context.push({self.each.name: item}):
                yield self.element.render(context, path)


#: Characters of what a filter says of its failure: it may quote a customer's data.
SAID = 80


def _cannot_be_rendered(path: str, error: Exception) -> InvalidMessage:
    """Say what a filter raised: whatever it likes, on data that it was not made for."""
    said = str(error)[:SAID]
    if isinstance(error, VariableDoesNotExist):
        said = str(error.params[0])  # Its own text quotes the whole context.
    why = f"{type(error).__name__}: {said}"
    return InvalidMessage([Problem(path, _("cannot be rendered: %(why)s", why=why))])


def _cause(error: Exception) -> Exception | None:
    """Return what a log may show of an error, with all that its text quotes."""
    return None if isinstance(error, VariableDoesNotExist) else error


def _no_number(path: str, text: str) -> Problem:
    return Problem(path, _("must be a number"), excerpt(text), code="not_a_number")


class Each(NamedTuple):
    """A parsed ``$each``: the list's expression, as text and compiled, and the item's name."""

    source: str
    expression: FilterExpression
    name: str


def each_of(text: object) -> Each | None:
    """Parse the value of ``$each``, such as "lines as line"; None if it is no such text.

    Raises ``TemplateSyntaxError`` for an expression that is none.
    """
    form = _EACH_FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if form is None:
        return None
    nodes = compile_text("{{ " + form["list"] + " }}").nodelist
    if len(nodes) != 1 or not isinstance(nodes[0], VariableNode):
        return None
    return Each(form["list"], nodes[0].filter_expression, form["name"])
