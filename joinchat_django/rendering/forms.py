"""A message as a form: JSON text with blanks, for many recipients of one body.

A form is taken from a message that was rendered and checked whole. Only its texts can differ
then, so for the next recipient only they are rendered, checked and written into the blanks.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from django.template import Context
from django.template.base import (
    FilterExpression,
    Node,
    TextNode,
    Variable,
    render_value_in_context,
)

from joinchat_django.api import Message
from joinchat_django.api.encoding import encode
from joinchat_django.api.rules import Characters

from .context import plain_data
from .engine import ValueNode, text_context
from .parts import ListPart, LiteralPart, ObjectPart, Part, TextPart

_BLANK = re.compile(r'"\\u0000(\d+)\\u0000"')
#: Types whose values Django shows without asking them for anything.
_SHOWN = frozenset(
    (int, float, bool, Decimal, datetime.date, datetime.datetime, datetime.time, type(None))
)

#: A text as it stands, or the names that lead to a value.
Piece = str | tuple[str, ...]


class _Unusual(Exception):
    """Something that is for the whole way to judge."""


class Blank(NamedTuple):
    """A text that differs: where it stands, and how it is rendered.

    ``pieces`` are None where there are filters, which are Django's to apply.
    """

    path: tuple[str | int, ...]
    part: TextPart
    rule: Characters
    pieces: list[Piece] | None


class Form:
    """What a body makes of any context that has all its variables. Safe to share among threads.

    ``has_filters`` tells whether the variables have to be looked for before: a filter may hide
    that one is missing.
    """

    def __init__(self, blanks: list[Blank], constants: list[str], order: list[int]) -> None:
        self._blanks = blanks
        self._constants = constants
        self._order = order
        self.has_filters = any(blank.pieces is None for blank in blanks)

    @classmethod
    def of(cls, root: Part, message: Message) -> Form | None:
        """Return the form of a body's message, which was rendered from its ``root``.

        None for a body with tags, repeated elements, numbers that vary or texts for which the
        contract has no rule but that of its kind.
        """
        data = message.to_dict()
        content = encode(data)
        texts: list[str] = []
        try:
            blanks = list(_blanks(root, ()))
            for index, blank in enumerate(blanks):
                texts.append(_exchange(data, blank.path, f"\0{index}\0"))
        except (_Unusual, LookupError, TypeError):
            return None
        # Every other part is the number of a blank.
        parts = _BLANK.split(encode(data))
        form = cls(blanks, parts[::2], [int(part) for part in parts[1::2]])
        is_exact = sorted(form._order) == list(range(len(blanks))) and form._write(texts) == content
        return form if is_exact else None

    def fill(self, context: dict[str, Any]) -> str | None:
        """Return the message's JSON text, or None if it takes the whole way to tell.

        That is where a variable is missing, or the message would be refused.
        """
        shown: Context | None = None
        texts = []
        try:
            for _path, part, rule, pieces in self._blanks:
                if pieces is None:
                    shown = shown or text_context(plain_data(context))
                    text = str(part.template.render(shown))
                else:
                    text = _joined(pieces, context)
                # An empty text may break a rule about several fields.
                if not text or next(rule.problems(text), None) is not None:
                    return None
                texts.append(text)
        except Exception:
            # Filters raise whatever they like; the whole way says what is wrong, and where.
            return None
        return self._write(texts)

    def _write(self, texts: list[str]) -> str:
        written = [self._constants[0]]
        for number, constant in zip(self._order, self._constants[1:], strict=True):
            written += encode(texts[number]), constant
        return "".join(written)


#: How values are shown. Nothing is ever put into it.
_PLAIN = text_context({})


def _joined(pieces: list[Piece], context: dict[str, Any]) -> str:
    """Render a text without filters, as Django does. Raises whatever there is."""
    found = []
    for piece in pieces:
        value: Any = piece
        if type(piece) is tuple:
            value = context
            for name in piece:
                if type(value) is not dict:
                    raise _Unusual
                value = value[name]
            if type(value) is not str:
                if type(value) not in _SHOWN:
                    raise _Unusual
                value = render_value_in_context(value, _PLAIN)
        found.append(value)
    return "".join(found)


def _blanks(part: Part, path: tuple[str | int, ...]) -> Iterator[Blank]:
    """Yield the texts of a body that differ, in the order in which they are rendered."""
    if type(part) is ObjectPart:
        for key, member in part.members.items():
            yield from _blanks(member, (*path, key))
    elif type(part) is ListPart:
        for index, element in enumerate(part.parts):
            yield from _blanks(element, (*path, index))
    elif type(part) is TextPart:
        # Any other rule could settle a text into something else, or look at more than it.
        if type(part.rule) is not Characters:
            raise _Unusual
        yield Blank(path, part, part.rule, _pieces(part))
    elif type(part) is not LiteralPart:
        raise _Unusual


def _pieces(part: TextPart) -> list[Piece] | None:
    """Take a text to pieces; None if it has filters. Raises for tags, which may do anything."""
    pieces = [_piece(node) for node in part.template.nodelist]
    return None if None in pieces else [piece for piece in pieces if piece is not None]


def _piece(node: Node) -> Piece | None:
    if type(node) is TextNode:
        return str(node.s)
    if type(node) is not ValueNode:
        raise _Unusual
    expression: FilterExpression = node.filter_expression
    name: Any = expression.var
    is_plain = (
        type(name) is Variable and name.lookups and not (expression.filters or name.translate)
    )
    return tuple(name.lookups) if is_plain else None


def _exchange(data: Any, path: tuple[str | int, ...], blank: str) -> str:
    """Put a blank in the place of a text, and return the text."""
    *outer, last = path
    for name in outer:
        data = data[name]
    text = data[last]
    if not isinstance(text, str):
        raise _Unusual
    data[last] = blank
    return text
