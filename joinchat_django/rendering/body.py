"""The body of a template: compiled once, rendered for each recipient."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from django.template import TemplateSyntaxError
from django.utils import translation

from joinchat_django.api import InvalidMessage, Message, Problem, message_from_dict
from joinchat_django.api.errors import join_path
from joinchat_django.api.messages import MESSAGE_TYPES
from joinchat_django.api.rules import Characters, Number, Rule, kind_of
from joinchat_django.api.structures import MUST_BE_OBJECT, Items, Nested, Structure, fields_of
from joinchat_django.api.wording import worded as _

from .context import plain_data
from .engine import compile_number, compile_text, text_context
from .forms import Form
from .languages import is_code, normal_code
from .parts import (
    EACH,
    EachPart,
    ListPart,
    LiteralPart,
    NumberPart,
    ObjectPart,
    Part,
    TextPart,
    each_of,
)

#: Levels of lists and objects; a message has less than half as many.
DEEPEST = 20


class MessageBody:
    """A compiled body. Safe to share among threads."""

    def __init__(self, root: Part, language: str = "") -> None:
        self._root = root
        code = normal_code(language)
        self._language = code if is_code(code) else ""

    @classmethod
    def compile(cls, body: object, *, language: str = "") -> MessageBody:
        """Compile the JSON data of a message whose strings are templates.

        ``language`` is the code of the one it is written in; empty if it may be any. Raises
        ``InvalidMessage`` that names each string with an error in it, by its path.
        """
        root, problems = compile_parts(body)
        if problems:
            raise InvalidMessage(problems)
        return cls(root, language)

    def render(self, context: Mapping[str, Any]) -> Message:
        """Fill in the variables and return the message.

        Dates and numbers in texts follow the body's language, else the active one, and the active
        time zone; numbers that stand for themselves follow none. Raises ``PlainDataRequired`` for a
        context with objects in it, ``InvalidMessage`` for a place that cannot be filled and for a
        message that breaks the contract.
        """
        with self.language():
            data = self._root.render(text_context(plain_data(context)), "")
        return message_from_dict(data)

    def form(self, message: Message) -> Form | None:
        """Return the form of a message that this body rendered; None if it has none."""
        return Form.of(self._root, message)

    def language(self) -> contextlib.AbstractContextManager[Any]:
        """Return what makes the body's language the active one for a while, if it has one."""
        return translation.override(self._language) if self._language else _ANY_LANGUAGE


_ANY_LANGUAGE = contextlib.nullcontext()


def compile_parts(body: object) -> tuple[Part, list[Problem]]:
    """Compile as much of a body as can be, and say what is wrong with the rest."""
    if not isinstance(body, Mapping):
        return LiteralPart(None), [Problem("", MUST_BE_OBJECT, kind_of(body))]
    kinds = {kind.mark[1]: kind for kind in MESSAGE_TYPES if kind.mark}
    kind = kinds.get(str(body.get("template_type")))
    compiler = _Compiler()
    return compiler.part(body, Nested(kind) if kind else None, ""), compiler.problems


class _Compiler:
    """Turns the nodes of a body into parts. ``rule`` is what the contract says of their place."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.depth = 0

    def part(self, node: object, rule: Rule | None, path: str) -> Part:
        if isinstance(node, str):
            return self._text(node, rule, path)
        if not isinstance(node, (Mapping, list, tuple)):
            return LiteralPart(node)
        if self.depth == DEEPEST:
            limit = _("is nested more than %(most)s levels deep", most=DEEPEST)
            self.problems.append(Problem(path, limit))
            return LiteralPart(None)
        self.depth += 1
        try:
            if isinstance(node, Mapping):
                kind = rule.kind if isinstance(rule, Nested) else None
                return self._object(node, kind, path)
            is_known = isinstance(rule, Items) and len(rule.kinds) == 1
            item = Nested(rule.kinds[0]) if is_known and isinstance(rule, Items) else None
            return ListPart([self._item(m, item, f"{path}[{i}]") for i, m in enumerate(node)])
        finally:
            self.depth -= 1

    def _text(self, source: str, rule: Rule | None, path: str) -> Part:
        if found := list(Characters(least=0).problems(source)):
            self.problems.extend(problem.under(path) for problem in found)
            return LiteralPart(None)
        is_number = isinstance(rule, Number)
        if not is_number and "{" not in source:
            return LiteralPart(source)
        try:
            template = compile_number(source) if is_number else compile_text(source)
        except TemplateSyntaxError as error:
            limit = _("is no valid template: %(why)s", why=str(error))
            self.problems.append(Problem(path, limit))
            return LiteralPart(None)
        except RecursionError:
            limit = _("is no valid template: its tags nest too deeply")
            self.problems.append(Problem(path, limit))
            return LiteralPart(None)
        return NumberPart(template, rule) if is_number else TextPart(template, rule)

    def _object(self, node: Mapping[str, Any], kind: type[Structure] | None, path: str) -> Part:
        declared = fields_of(kind) if kind else {}
        members: dict[str, Part] = {}
        for key, member in node.items():
            place = join_path(path, str(key))
            if key == EACH:
                limit = _("belongs into an element of a list")
                self.problems.append(Problem(place, limit))
                continue
            rule = declared[key].rule if key in declared else None
            members[key] = self.part(member, rule, place)
        return ObjectPart(members)

    def _item(self, node: object, rule: Rule | None, path: str) -> Part:
        if not (isinstance(node, Mapping) and EACH in node):
            return self.part(node, rule, path)
        element = self.part({k: v for k, v in node.items() if k != EACH}, rule, path)
        place = join_path(path, EACH)
        try:
            each = each_of(node[EACH])
        except TemplateSyntaxError as error:
            limit = _("is no valid expression: %(why)s", why=str(error))
            self.problems.append(Problem(place, limit))
            return element
        if each is None:
            limit = _('must read like "lines as line"')
            self.problems.append(Problem(place, limit))
            return element
        return EachPart(each, element)
