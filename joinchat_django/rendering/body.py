"""The body of a template: compiled once, rendered for each recipient."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.template import Context, Template, TemplateSyntaxError
from django.template.base import VariableNode
from django.utils import translation

from joinchat_django.api import InvalidMessage, Message, Problem, message_from_dict
from joinchat_django.api.errors import join_path
from joinchat_django.api.messages import MESSAGE_TYPES
from joinchat_django.api.rules import Characters, Number, Rule, excerpt, kind_of
from joinchat_django.api.structures import Items, Nested, Structure, fields_of

from .context import plain_data
from .engine import compile_number, compile_text, text_context

EACH = "$each"
_EACH_FORM = re.compile(r"(?P<list>\S.*?)\s+as\s+(?P<name>[A-Za-z_]\w*)", re.DOTALL)
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")


class MessageBody:
    """A compiled body. Safe to share among threads."""

    def __init__(self, root: Part) -> None:
        self._root = root

    @classmethod
    def compile(cls, body: object) -> MessageBody:
        """Compile the JSON data of a message whose strings are templates.

        Raises ``InvalidMessage`` that names each string with an error in it, by its path.
        """
        problems: list[Problem] = []
        if not isinstance(body, Mapping):
            raise InvalidMessage([Problem("", "must be an object", kind_of(body))])
        kinds = {kind.mark[1]: kind for kind in MESSAGE_TYPES if kind.mark}
        kind = kinds.get(str(body.get("template_type")))
        root = _compile(body, Nested(kind) if kind else None, "", problems)
        if problems:
            raise InvalidMessage(problems)
        return cls(root)

    def render(self, context: Mapping[str, Any]) -> Message:
        """Fill in the variables and return the message.

        Texts follow the active language and time zone; numbers do not. Raises
        ``PlainDataRequired`` for a context with objects in it, ``InvalidMessage`` for a place that
        cannot be filled and for a message that breaks the contract.
        """
        data = self._root.render(text_context(plain_data(context)), "")
        return message_from_dict(data)


class Part(ABC):
    """A node of a compiled body."""

    @abstractmethod
    def render(self, context: Context, path: str) -> Any:
        """Return the node as JSON data. Raises ``InvalidMessage``."""


class _Literal(Part):
    def __init__(self, value: object) -> None:
        self.value = value

    def render(self, context: Context, path: str) -> Any:
        return self.value


class _Text(Part):
    def __init__(self, template: Template) -> None:
        self.template = template

    def render(self, context: Context, path: str) -> Any:
        try:
            return str(self.template.render(context))
        except Exception as error:
            # Filters raise whatever they like on data they were not made for.
            limit = f"cannot be rendered: {type(error).__name__}: {error}"
            raise InvalidMessage([Problem(path, limit)]) from error


class _NumberText(_Text):
    """A string where the contract has a number: rendered unlocalised and parsed."""

    def render(self, context: Context, path: str) -> Any:
        values: dict[Any, Any] = context.flatten()
        plain = text_context(values, localize=False)
        with translation.override("en"):
            text = super().render(plain, path).strip()
        if not _NUMBER.fullmatch(text):
            raise InvalidMessage([Problem(path, "must be a number", excerpt(text))])
        try:
            return Decimal(text)
        except InvalidOperation as error:
            raise InvalidMessage([Problem(path, "must be a number", excerpt(text))]) from error


class _Object(Part):
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


class _List(Part):
    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts

    def render(self, context: Context, path: str) -> Any:
        items: list[Any] = []
        problems: list[Problem] = []
        for index, part in enumerate(self.parts):
            place = f"{path}[{index}]"
            try:
                if isinstance(part, _Each):
                    items.extend(part.render_all(context, place))
                else:
                    items.append(part.render(context, place))
            except InvalidMessage as error:
                problems.extend(error.problems)
        if problems:
            raise InvalidMessage(problems)
        return items


class _Each(Part):
    """An element that is repeated over a list of the context."""

    def __init__(self, each: Each, element: Part) -> None:
        self.each = each
        self.element = element

    def render(self, context: Context, path: str) -> Any:
        return list(self.render_all(context, path))

    def render_all(self, context: Context, path: str) -> Iterator[Any]:
        """Yield the element once for each item. Raises ``InvalidMessage`` if there is no list."""
        items = self.each.expression.resolve(context, ignore_failures=True)
        if not isinstance(items, list):
            limit = f"must repeat over a list, and {self.each.source!r} is none"
            raise InvalidMessage([Problem(join_path(path, EACH), limit, kind_of(items))])
        for item in items:
            with context.push({self.each.name: item}):
                yield self.element.render(context, path)


def _compile(node: object, rule: Rule | None, path: str, problems: list[Problem]) -> Part:
    """Compile a node of a body; ``rule`` is what the contract says of this place."""
    if isinstance(node, str):
        return _compile_text(node, rule, path, problems)
    if isinstance(node, Mapping):
        kind = rule.kind if isinstance(rule, Nested) else None
        return _compile_object(node, kind, path, problems)
    if isinstance(node, (list, tuple)):
        item = Nested(rule.kinds[0]) if isinstance(rule, Items) and len(rule.kinds) == 1 else None
        parts = [_compile_item(m, item, f"{path}[{i}]", problems) for i, m in enumerate(node)]
        return _List(parts)
    return _Literal(node)


def _compile_text(source: str, rule: Rule | None, path: str, problems: list[Problem]) -> Part:
    if found := list(Characters(least=0).problems(source)):
        problems.extend(problem.under(path) for problem in found)
        return _Literal(None)
    if not isinstance(rule, Number) and "{" not in source:
        return _Literal(source)
    try:
        is_number = isinstance(rule, Number)
        template = compile_number(source) if is_number else compile_text(source)
    except TemplateSyntaxError as error:
        problems.append(Problem(path, f"is no valid template: {error}"))
        return _Literal(None)
    return _NumberText(template) if is_number else _Text(template)


def _compile_object(
    node: Mapping[str, Any], kind: type[Structure] | None, path: str, problems: list[Problem]
) -> Part:
    declared = fields_of(kind) if kind else {}
    members: dict[str, Part] = {}
    for key, member in node.items():
        place = join_path(path, str(key))
        if key == EACH:
            problems.append(Problem(place, "belongs into an element of a list"))
            continue
        rule = declared[key].rule if key in declared else None
        members[key] = _compile(member, rule, place, problems)
    return _Object(members)


class Each(NamedTuple):
    """A parsed ``$each``: the list's expression, as text and compiled, and the item's name."""

    source: str
    expression: Any
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


def _compile_item(node: object, rule: Rule | None, path: str, problems: list[Problem]) -> Part:
    if not (isinstance(node, Mapping) and EACH in node):
        return _compile(node, rule, path, problems)
    element = _compile({k: v for k, v in node.items() if k != EACH}, rule, path, problems)
    try:
        each = each_of(node[EACH])
    except TemplateSyntaxError as error:
        problems.append(Problem(join_path(path, EACH), f"is no valid expression: {error}"))
        return element
    if each is None:
        problems.append(Problem(join_path(path, EACH), 'must read like "lines as line"'))
        return element
    return _Each(each, element)
