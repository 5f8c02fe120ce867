"""Which variables of a template's body a context does not have.

Django leaves such a place empty. That will do in a preview, and not in a message to a customer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, NoReturn

from django.template import Context, TemplateSyntaxError
from django.template.base import (
    FilterExpression,
    NodeList,
    Variable,
    VariableDoesNotExist,
    VariableNode,
)
from django.template.defaulttags import FirstOfNode, IfNode
from django.template.smartif import TokenBase

from joinchat_django.api import Problem
from joinchat_django.api.errors import join_path
from joinchat_django.api.wording import worded as _

from .engine import compile_text
from .parts import EACH, each_of

#: Methods of dicts that templates call.
_METHODS = frozenset(("items", "keys", "values"))


def missing_variables(
    body: object, context: Mapping[str, Any], *, optional_too: bool = True
) -> list[Problem]:
    """Return a problem for each variable that a body asks for and a context does not have.

    So counts an item that a list is too short for, and a member of what has none, where it is
    shown. A name in a condition counts too; a branch that is not taken does not. Without
    ``optional_too`` a name does not count where the body says how to do without it: in a condition,
    with a ``default``, in ``{% firstof %}``. An element that is repeated is looked at with the
    first item of its list; without one, nothing is said about items.
    """
    return _walk(body, "", _WatchedContext(context, [], optional_too=optional_too))


class _WatchedContext(Context):
    """A context that notes the names that it is asked for in vain."""

    def __init__(self, data: Mapping[str, Any], asked: list[str], *, optional_too: bool) -> None:
        super().__init__({k: _watched(v, k, asked) for k, v in data.items()}, autoescape=False)
        self.asked = asked
        self.optional_too = optional_too

    def __getitem__(self, key: Any) -> Any:
        try:
            return super().__getitem__(key)
        except KeyError:
            self.asked.append(str(key))
            raise


class _NoItem(str):
    """Stands for the item of a list that is empty: whatever it is asked for, nothing is missing."""

    def __getitem__(self, key: object) -> _NoItem:
        return self


class _WatchedDict(dict[str, Any]):
    """A dict of a context, noting the keys that it is asked for in vain."""

    def __init__(self, data: Mapping[str, Any], path: str, asked: list[str]) -> None:
        super().__init__({k: _watched(v, f"{path}.{k}", asked) for k, v in data.items()})
        self.path = path
        self.asked = asked

    def __missing__(self, key: str) -> NoReturn:
        if key not in _METHODS:
            self.asked.append(f"{self.path}.{key}")
        raise KeyError(key)


class _Shown:
    """An expression that is shown, noting also what is asked in vain of lists and of values."""

    def __init__(self, expression: FilterExpression) -> None:
        self.expression = expression
        self.token = expression.token

    def resolve(self, context: _WatchedContext, ignore_failures: bool = False) -> Any:
        value = self.expression.resolve(context, ignore_failures)
        name = self.expression.var
        # What the body itself names may stand for what has been missed before.
        if not context.asked and isinstance(name, Variable):
            try:
                name.resolve(context)
            except VariableDoesNotExist:
                context.asked.append(str(name.var))
        return value


class _Optional:
    """An expression that may be in want of its variables."""

    def __init__(self, expression: Any) -> None:
        self.expression = expression
        self.token = getattr(expression, "token", "")

    def resolve(self, context: _WatchedContext, ignore_failures: bool = False) -> Any:
        before = len(context.asked)
        try:
            return self.expression.resolve(context, ignore_failures)
        finally:
            del context.asked[before:]


def _watch(nodes: NodeList, *, optional_too: bool) -> None:
    """Have the expressions of a freshly compiled template note what they ask in vain."""
    node: Any
    for node in nodes.get_nodes_by_type(VariableNode):
        expression: Any = node.filter_expression
        filters = {getattr(f, "_filter_name", "") for f, _arguments in expression.filters}
        is_optional = not optional_too and filters & {"default", "default_if_none"}
        shown: Any = _Optional(expression) if is_optional else _Shown(expression)
        node.filter_expression = shown
    if optional_too:
        return
    for node in nodes.get_nodes_by_type(IfNode):
        for condition, _inner in node.conditions_nodelists:
            _excuse(condition)
    for node in nodes.get_nodes_by_type(FirstOfNode):
        node.vars = [_Optional(expression) for expression in node.vars]


def _excuse(condition: TokenBase | None) -> None:
    waiting: list[Any] = [condition]
    while waiting:
        token = waiting.pop()
        if isinstance(getattr(token, "value", None), FilterExpression):
            token.value = _Optional(token.value)
        elif token is not None:
            waiting += [getattr(token, "second", None), getattr(token, "first", None)]


def _watched(value: Any, path: str, asked: list[str]) -> Any:
    if isinstance(value, Mapping):
        return _WatchedDict(value, path, asked)
    if isinstance(value, (list, tuple)):
        return [_watched(item, path, asked) for item in value]
    return value


def _walk(node: object, path: str, context: _WatchedContext) -> list[Problem]:
    if isinstance(node, str):
        return _in_text(node, path, context)
    if isinstance(node, list):
        return [p for i, item in enumerate(node) for p in _walk(item, f"{path}[{i}]", context)]
    if not isinstance(node, Mapping):
        return []
    if EACH not in node:
        return [p for key, v in node.items() for p in _walk(v, join_path(path, str(key)), context)]
    try:
        each = each_of(node[EACH])
    except TemplateSyntaxError:
        each = None
    if each is None:
        return []  # The body does not compile, and says so better.
    problems = _in_text(f"{{{{ {each.source} }}}}", join_path(path, EACH), context)
    items: Any = None
    with contextlib.suppress(Exception):  # Of filters, and of their arguments that are missing.
        items = each.expression.resolve(context, ignore_failures=True)
    element = {key: member for key, member in node.items() if key != EACH}
    with context.push({each.name: items[0] if isinstance(items, list) and items else _NoItem()}):
        return problems + _walk(element, path, context)


def _in_text(source: str, path: str, context: _WatchedContext) -> list[Problem]:
    context.asked.clear()
    try:
        template = compile_text(source)
        _watch(template.nodelist, optional_too=context.optional_too)
        template.render(context)
    except TemplateSyntaxError:
        return []  # The body says so, and better.
    except Exception:  # noqa: S110  # So it does of filters, which raise whatever they like.
        pass
    return [
        Problem(path, _("needs “%(name)s”, which is not known here", name=name))
        for name in dict.fromkeys(context.asked)
    ]
