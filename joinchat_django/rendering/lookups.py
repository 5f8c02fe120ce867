"""What Django's compiled nodes look up in a context."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable
from typing import Any

from django.template.base import FilterExpression, Node, Variable, VariableNode
from django.template.defaulttags import (
    CycleNode,
    FilterNode,
    FirstOfNode,
    ForNode,
    IfChangedNode,
    IfNode,
    NowNode,
    RegroupNode,
    SpacelessNode,
    WidthRatioNode,
    WithNode,
)
from django.template.smartif import TokenBase

from joinchat_django.api.rules import Characters

from .parts import EachPart, ListPart, NumberPart, ObjectPart, Part, TextPart

#: Limits to what a hostile body can ask for.
MOST_FOUND = 500
MOST_ITEMS = 100
DEEPEST = 20

#: Names that every context of Django's has.
BUILTINS = frozenset(("True", "False", "None"))

#: What a filter tells about the value before it.
LIST_FILTERS = frozenset(
    ("dictsort", "dictsortreversed", "escapeseq", "join", "safeseq", "unordered_list")
)
NUMBER_FILTERS = frozenset(("divisibleby", "filesizeformat", "floatformat"))
DATE_FILTERS = frozenset(("date", "time", "timesince", "timeuntil"))

#: Filters that hand on the value, or a list of the same items.
PASSING_FILTERS = frozenset(
    (
        "default",
        "default_if_none",
        "dictsort",
        "dictsortreversed",
        "escapeseq",
        "safe",
        "safeseq",
        "slice",
    )
)


class Found:
    """A variable, a member of one or a list's items, and what is known of it by now."""

    def __init__(self, depth: int = 0) -> None:
        self.depth = depth
        self.members: dict[str, Found] = {}
        self.item: Found | None = None
        self.is_list = self.is_object = self.is_number = self.is_date = False
        self.least = 0


#: What names stand for, the innermost first. A name that is not there is a variable.
Scope = ChainMap[str, Found]


class Search:
    """Collects below ``root`` the variables of the parts that it is shown."""

    def __init__(self) -> None:
        self.root = Found()
        self._left = MOST_FOUND

    def part(self, part: Part, scope: Scope | None = None) -> None:
        """Search a part of a body, and all within it."""
        scope = ChainMap() if scope is None else scope
        if isinstance(part, EachPart):
            items = self._list(self._expression(part.each.expression, scope))
            self.part(part.element, scope.new_child({part.each.name: items}))
        elif isinstance(part, ObjectPart):
            for member in part.members.values():
                self.part(member, scope)
        elif isinstance(part, ListPart):
            for element in part.parts:
                self.part(element, scope)
        elif isinstance(part, TextPart):
            # A number is rendered in a context of its own, which its tags may change.
            own = scope.new_child() if isinstance(part, NumberPart) else scope
            self._nodes(part.template.nodelist, own, is_number=_is_for_digits(part))

    def _nodes(self, nodes: Iterable[Node], scope: Scope, *, is_number: bool) -> None:
        """Search a template's nodes in the order in which they are rendered."""
        # No recursion: tags may nest as deep as Django's parser allows.
        waiting = [(node, scope) for node in reversed(list(nodes))]
        while waiting:
            node, scope = waiting.pop()
            if isinstance(node, VariableNode):
                shown = self._expression(node.filter_expression, scope)
                shown.is_number |= is_number
            else:
                inner = self._tag(node, scope)
                waiting.extend((child, own) for child, own in reversed(inner))

    def _tag(self, node: Node, scope: Scope) -> list[tuple[Any, Scope]]:
        """Search what a tag itself looks up; return the nodes in it, with the names known there."""
        if isinstance(node, ForNode):
            loop = scope.new_child({"forloop": Found(), **self._loop(node, scope)})
            return [(n, loop) for n in node.nodelist_loop] + [
                (n, scope) for n in node.nodelist_empty
            ]
        if isinstance(node, IfNode):
            for condition, _nodes in node.conditions_nodelists:
                self._condition(condition, scope)
            return [(n, scope) for _condition, nodes in node.conditions_nodelists for n in nodes]
        if isinstance(node, WithNode):
            named = {k: self._expression(e, scope) for k, e in node.extra_context.items()}
            inner = scope.new_child(named)
            return [(n, inner) for n in node.nodelist]
        if isinstance(node, FilterNode):
            # Django renders the text first, and calls it "var" for its filters.
            self._expression(node.filter_expr, scope.new_child({"var": Found()}))
            return [(n, scope) for n in node.nodelist]
        if isinstance(node, SpacelessNode):
            return [(n, scope) for n in node.nodelist]
        if isinstance(node, IfChangedNode):
            self._all(node._varlist, scope)  # type: ignore[attr-defined]  # not in the stubs
            return [(n, scope) for n in (*node.nodelist_true, *node.nodelist_false)]
        self._leaf(node, scope)
        return []

    def _leaf(self, node: Node, scope: Scope) -> None:
        """Search a tag that has no nodes in it."""
        name: str | None = None
        meaning = Found()
        if isinstance(node, CycleNode):
            self._all(node.cyclevars, scope)
            name = node.variable_name
        elif isinstance(node, FirstOfNode):
            self._all(node.vars, scope)
            name = node.asvar
        elif isinstance(node, WidthRatioNode):
            for expression in (node.val_expr, node.max_expr, node.max_width):
                self._expression(expression, scope).is_number = True
            name = node.asvar
        elif isinstance(node, NowNode):
            name = node.asvar
        elif isinstance(node, RegroupNode):
            name, meaning = node.var_name, self._groups(node, scope)
        if name:
            scope[name] = meaning

    def _all(self, expressions: Iterable[FilterExpression], scope: Scope) -> None:
        for expression in expressions:
            self._expression(expression, scope)

    def _condition(self, condition: TokenBase | None, scope: Scope) -> None:
        waiting: list[TokenBase | None] = [condition]
        while waiting:
            token = waiting.pop()
            if isinstance(getattr(token, "value", None), FilterExpression):
                self._expression(token.value, scope)  # type: ignore[union-attr]
            elif token is not None:
                waiting += [getattr(token, "second", None), getattr(token, "first", None)]

    def _loop(self, node: ForNode, scope: Scope) -> dict[str, Found]:
        """Return what the names of a loop stand for."""
        names: list[str] = list(node.loopvars)
        sequence: Any = node.sequence
        lookups = _lookups(sequence.var)
        if len(names) == 2 and lookups[1:] and lookups[-1] == "items" and not sequence.filters:
            self._lookup(lookups[:-1], scope).is_object = True  # The keys and values of a dict.
            return {name: Found() for name in names}
        item = self._list(self._expression(sequence, scope))
        if len(names) > 1:
            item = self._list(item, least=len(names))
        return dict.fromkeys(names, item)

    def _groups(self, node: RegroupNode, scope: Scope) -> Found:
        target = self._expression(node.target, scope)
        item = self._list(target)
        self._expression(node.expression, scope.new_child({node.var_name: item}))
        groups = Found()
        self._list(groups).members["list"] = target
        return groups

    def _expression(self, expression: Any, scope: Scope) -> Found:
        """Search an expression, and return what it stands for."""
        found = self._lookup(_lookups(expression.var), scope)
        for function, arguments in expression.filters:
            name = getattr(function, "_filter_name", "")
            for is_lookup, argument in arguments:
                if is_lookup:
                    self._lookup(_lookups(argument), scope)
                elif name in ("dictsort", "dictsortreversed") and isinstance(argument, str):
                    self._below(self._list(found), argument.split("."))
            if name in LIST_FILTERS:
                self._list(found)
            found.is_number |= name in NUMBER_FILTERS
            found.is_date |= name in DATE_FILTERS
            if name not in PASSING_FILTERS:
                found = Found()
        return found

    def _lookup(self, lookups: tuple[str, ...], scope: Scope) -> Found:
        if not lookups or lookups[0] in BUILTINS:
            return Found()
        if lookups[0] in scope:
            return self._below(scope[lookups[0]], lookups[1:])
        return self._below(self.root, lookups)

    def _below(self, found: Found, names: Iterable[str]) -> Found:
        names = list(names)
        if found.depth + len(names) > DEEPEST:
            return Found()
        for name in names:
            if name.isdecimal() and found is not self.root:
                found = self._list(found, least=int(name[:4]) + 1)
            else:
                found = found.members.get(name) or self._new_member(found, name)
        return found

    def _new_member(self, found: Found, name: str) -> Found:
        member = Found(found.depth + 1)
        if self._left:
            self._left -= 1
            found.members[name] = member
        return member

    def _list(self, found: Found, least: int = 0) -> Found:
        """Note that something is a list, and return what stands for its items."""
        found.is_list = True
        found.least = max(found.least, min(least, MOST_ITEMS))
        if found.item is None:
            found.item = Found(found.depth + 1)
        return found.item


def _lookups(value: object) -> tuple[str, ...]:
    """Return the names of a variable, from the context down; none of a text or a number."""
    return (value.lookups or ()) if isinstance(value, Variable) else ()


def _is_for_digits(part: TextPart) -> bool:
    """Whether the contract has digits here, as a number or as text."""
    if isinstance(part.rule, Characters) and part.rule.pattern:
        return part.rule.pattern.fullmatch("1") is not None
    return isinstance(part, NumberPart)
