"""The rules that a message's fields are declared with: what a value may be, in JSON and in Python.

A rule stands in a field's annotation: ``title: Annotated[str, Characters(20)]``. It finds
problems (:meth:`Rule.problems`), settles a value into its immutable form (:meth:`Rule.settle`) and
turns it into JSON and back (:meth:`Rule.dump`, :meth:`Rule.load`).

Only limits that JoinChat's contract states are here; any other is left to the server.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import reduce

from .encoding import plain_number
from .errors import Problem
from .wording import worded as _


class Rule:
    """What one field may hold. The base accepts anything."""

    #: False for a field that is a convenience in Python and no key of the JSON object.
    in_json = True

    def problems(self, value: object) -> Iterator[Problem]:
        """Yield what is wrong with a value, with paths that start at the field."""
        yield from ()

    def settle(self, value: object) -> object:
        """Return the immutable form of a value; one that is wrong comes back as it is."""
        return value

    def dump(self, value: object) -> object:
        """Return a valid value as JSON data."""
        return value

    def load(self, data: object) -> object:
        """Return the value that JSON data stands for.

        Raises ``InvalidMessage`` if an object inside cannot be built. Data that is wrong in
        itself may come back as it is: :meth:`problems` will say so.
        """
        return data


class Characters(Rule):
    """Text. ``most`` counts Unicode code points; ``least`` is 1 unless an empty one will do."""

    def __init__(
        self, most: int | None = None, *, least: int = 1, pattern: str = "", meaning: str = ""
    ) -> None:
        self.most = most
        self.least = least
        self.pattern = re.compile(pattern) if pattern else None
        self.meaning = meaning

    def problems(self, value: object) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem("", _("must be text"), kind_of(value))
            return
        if "\0" in value:
            yield Problem("", _("must be text without NUL characters"), _("one"))
        if not _is_unicode(value):
            yield Problem("", _("must be text without lone surrogates"), _("one"))
        if len(value) < self.least:
            yield Problem("", _("must not be empty"), code="blank")
        elif self.most is not None and len(value) > self.most:
            yield Problem(
                "", _("must be at most %(most)s characters", most=self.most), str(len(value))
            )
        elif self.pattern and not self.pattern.fullmatch(value):
            yield Problem("", _("must be %(meaning)s", meaning=self.meaning), excerpt(value))


class Choice(Rule):
    """One of a few words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def problems(self, value: object) -> Iterator[Problem]:
        if not isinstance(value, str) or value not in self.words:
            found = excerpt(value) if isinstance(value, str) else kind_of(value)
            yield Problem("", _("must be one of %(words)s", words=", ".join(self.words)), found)


class Flag(Rule):
    """True or false."""

    def problems(self, value: object) -> Iterator[Problem]:
        if not isinstance(value, bool):
            yield Problem("", _("must be true or false"), kind_of(value))


class Number(Rule):
    """A finite number. It is kept as a ``Decimal`` and goes out as the number it is."""

    def problems(self, value: object) -> Iterator[Problem]:
        number = self.settle(value)
        if not isinstance(number, Decimal):
            yield Problem("", _("must be a number"), kind_of(value), code="not_a_number")
        elif not number.is_finite():
            yield Problem("", _("must be a finite number"), str(number))

    def settle(self, value: object) -> object:
        if isinstance(value, float):
            # Not repr(), which a subclass such as numpy's writes in its own way.
            return Decimal(float.__repr__(value))
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        return value

    def dump(self, value: object) -> object:
        return plain_number(value) if isinstance(value, Decimal) else value


class Integer(Rule):
    """A whole number from ``least`` to ``most``, both included."""

    def __init__(self, least: int, most: int) -> None:
        self.least = least
        self.most = most

    def problems(self, value: object) -> Iterator[Problem]:
        limit = _(
            "must be a whole number from %(least)s to %(most)s",
            least=self.least,
            most=self.most,
        )
        if isinstance(value, (float, Decimal)):
            yield Problem("", limit, kind_of(value))
        elif isinstance(value, bool) or not isinstance(value, int):
            yield Problem("", limit, kind_of(value), code="not_a_number")
        elif not self.least <= value <= self.most:
            yield Problem(
                "",
                limit,
                str(value) if abs(value) < 10**20 else _("a larger one"),
            )


class Relation:
    """A rule about several fields of one object together."""

    def problems(self, values: Mapping[str, object]) -> Iterator[Problem]:
        """Yield what is wrong with the object's values, with paths that start at the object."""
        yield from ()


class AtLeastOneOf(Relation):
    """One or more of these fields are given and not empty."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def problems(self, values: Mapping[str, object]) -> Iterator[Problem]:
        if not any(values.get(name) for name in self.names):
            yield Problem("", at_least_one_of(self.names), code="required")


class ExactlyOneOf(Relation):
    """One of these fields is given, and no second one."""

    def __init__(self, *names: str) -> None:
        self.names = names

    def problems(self, values: Mapping[str, object]) -> Iterator[Problem]:
        given = [name for name in self.names if values.get(name) is not None]
        if len(given) != 1:
            found = reduce(_and, given) if given else _("none")
            yield Problem(
                "",
                _("needs exactly one of %(names)s", names=", ".join(self.names)),
                found,
                code="invalid" if given else "required",
            )


def at_least_one_of(names: Iterable[str]) -> str:
    """Return the limit of an object that lacks all of these fields."""
    return _("needs at least one of %(names)s", names=", ".join(names))


def kind_of(value: object) -> str:
    """Name the kind of a value in JSON's words, for people: "a list", "text", "nothing"."""
    if value is None:
        return _("nothing")
    names: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, _("a boolean")),
        (str, _("text")),
        ((int, float, Decimal), _("a number")),
        (Mapping, _("an object")),
        ((list, tuple), _("a list")),
    )
    for kinds, name in names:
        if isinstance(value, kinds):
            return name
    name = type(value).__name__
    # Before a "u" it is mostly "a": a UUID, a user.
    return _("an %(type)s", type=name) if name[:1] in "AEIOaeio" else _("a %(type)s", type=name)


def excerpt(text: str) -> str:
    """Quote the beginning of a text, escaped, for an error."""
    return repr(text if len(text) <= 40 else text[:39] + "…") if text else _("an empty text")


def name_of(key: object) -> str:
    """Return an unknown key as a part of a path: itself if it is a plain name, else escaped."""
    if not isinstance(key, str):
        return kind_of(key)
    return key[:60] if key.isidentifier() else excerpt(key)


def with_suggestion(limit: str, word: object, known: Iterable[str]) -> str:
    """Return a limit, with " (did you mean …?)" after it for a word that resembles a known one."""
    if not isinstance(word, str):
        return limit
    close = difflib.get_close_matches(word[:60], list(known), n=1)
    if not close:
        return limit
    return _("%(limit)s (did you mean %(word)s?)", limit=limit, word=repr(close[0]))


def _and(first: str, second: str) -> str:
    return _("%(first)s and %(second)s", first=first, second=second)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
