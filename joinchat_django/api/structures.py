"""Objects of a message: dataclasses whose annotations declare what the contract allows."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, NamedTuple, TypeVar, get_args, get_type_hints

from .errors import InvalidMessage, Problem
from .rules import Relation, Rule, excerpt, kind_of, name_of, with_suggestion
from .wording import worded as _

S = TypeVar("S", bound="Structure")


@dataclasses.dataclass(frozen=True)
class Structure:
    """A JSON object of the contract, immutable and valid from the moment it exists.

    Subclasses annotate their fields with rules. The constructor raises
    :exc:`~joinchat_django.api.InvalidMessage`, with all problems at once.
    """

    #: Key and word that tell this object from its siblings, such as ``("type", "postback")``.
    mark: ClassVar[tuple[str, str] | None] = None
    relations: ClassVar[tuple[Relation, ...]] = ()

    def __post_init__(self) -> None:
        for name, field in fields_of(type(self)).items():
            # Lists become tuples and amounts decimals, so that equal messages are equal objects
            # and nobody can change one after it was checked.
            object.__setattr__(self, name, field.rule.settle(getattr(self, name)))
        problems = list(_problems(type(self), vars(self)))
        if problems:
            raise InvalidMessage(problems)

    def to_dict(self) -> dict[str, Any]:
        """Return the contract's JSON object as new plain data; what was not given is left out."""
        data: dict[str, Any] = dict([self.mark]) if self.mark else {}
        for name, field in fields_of(type(self)).items():
            value = getattr(self, name)
            if field.rule.in_json and value is not None and value != ():
                data[name] = field.rule.dump(value)
        return data

    @classmethod
    def from_dict(cls: type[S], data: object) -> S:
        """Build the object that JSON data stands for; the inverse of :meth:`to_dict`.

        Raises :exc:`~joinchat_django.api.InvalidMessage` with every problem in it, those of
        nested objects under their paths, unknown and missing fields included.
        """
        if not isinstance(data, Mapping):
            raise InvalidMessage([Problem("", MUST_BE_OBJECT, kind_of(data))])
        declared = fields_of(cls)
        rules = {name: field.rule for name, field in declared.items() if field.rule.in_json}
        defaults = {name: field.default for name, field in declared.items()}
        mark = dict([cls.mark]) if cls.mark else {}
        problems: list[Problem] = []
        values: dict[str, Any] = {}
        for key, member in data.items():
            if key in mark:
                if member != mark[key]:
                    found = excerpt(member) if isinstance(member, str) else kind_of(member)
                    problems.append(
                        Problem(
                            key,
                            _("must be %(meaning)s", meaning=mark[key]),
                            found,
                        )
                    )
            elif key not in rules:
                limit: str = _("is not a field of %(kind)s", kind=cls.__name__)
                limit = with_suggestion(limit, key, [*rules, *mark])
                problems.append(Problem(name_of(key), limit))
            else:
                try:
                    values[key] = rules[key].load(member)
                except InvalidMessage as error:
                    problems.extend(problem.under(key) for problem in error.problems)
                    values[key] = BROKEN
        problems.extend(Problem(key, REQUIRED, code="required") for key in mark if key not in data)
        problems.extend(_problems(cls, {**defaults, **values}, given=values))
        if problems:
            raise InvalidMessage(problems)
        return cls(**values)


MUST_BE_OBJECT = _("must be an object")
REQUIRED = _("is required")

#: Stands for a nested object that could not be built and whose problems are known already.
BROKEN: Any = object()


class Declared(NamedTuple):
    """A field as its class declares it; ``default`` is None for one that has to be given."""

    rule: Rule
    required: bool
    default: Any


def fields_of(cls: type[Structure]) -> dict[str, Declared]:
    """Return a class's fields in the order of their declaration."""
    return _read_declaration(cls)  # type: ignore[arg-type]  # every class is hashable


@functools.cache
def _read_declaration(cls: type[Structure]) -> dict[str, Declared]:
    hints = get_type_hints(cls, include_extras=True)
    declared = {}
    for field in dataclasses.fields(cls):
        rule = next(rule for rule in get_args(hints[field.name]) if isinstance(rule, Rule))
        required = field.default is dataclasses.MISSING
        declared[field.name] = Declared(rule, required, None if required else field.default)
    return declared


def _problems(
    cls: type[Structure], values: Mapping[str, object], given: Mapping[str, object] | None = None
) -> Iterator[Problem]:
    """Yield every problem of an object's values.

    An optional field may be None in Python; in JSON (``given``) a key with null is wrong.
    """
    for name, field in fields_of(cls).items():
        value = values[name]
        if value is BROKEN:
            continue
        if value is None and not (given and name in given):
            if field.required:
                yield Problem(name, REQUIRED, code="required")
            continue
        for problem in field.rule.problems(field.rule.settle(value)):
            yield problem.under(name)
    for relation in cls.relations:
        yield from relation.problems(values)


class Nested(Rule):
    """One object of a kind."""

    def __init__(self, kind: type[Structure]) -> None:
        self.kind = kind

    def problems(self, value: object) -> Iterator[Problem]:
        if not isinstance(value, self.kind):
            yield Problem("", _("must be a %(kind)s", kind=self.kind.__name__), kind_of(value))

    def dump(self, value: object) -> object:
        return value.to_dict() if isinstance(value, Structure) else value

    def load(self, data: object) -> object:
        return self.kind.from_dict(data)


class Items(Rule):
    """A list of ``least`` to ``most`` objects, each of one of the kinds."""

    def __init__(self, *kinds: type[Structure], least: int = 0, most: int | None = None) -> None:
        self.kinds = kinds
        self.least = least
        self.most = most

    def problems(self, value: object) -> Iterator[Problem]:
        if not isinstance(value, tuple):
            yield Problem("", _("must be a list"), kind_of(value))
            return
        if len(value) < self.least:
            yield Problem("", self._limit(), str(len(value)), code="too_few")
        elif self.most is not None and len(value) > self.most:
            yield Problem("", self._limit(), str(len(value)), code="too_many")
        limit = _(
            "must be a %(kind)s",
            kind=" or ".join(kind.__name__ for kind in self.kinds),
        )
        for index, item in enumerate(value):
            if item is not BROKEN and not isinstance(item, self.kinds):
                yield Problem(f"[{index}]", limit, kind_of(item))

    def settle(self, value: object) -> object:
        return tuple(value) if isinstance(value, list) else value

    def dump(self, value: object) -> object:
        return [item.to_dict() for item in value] if isinstance(value, tuple) else value

    def load(self, data: object) -> object:
        if not isinstance(data, (list, tuple)):
            return data
        items: list[object] = []
        problems: list[Problem] = []
        for index, member in enumerate(data):
            try:
                items.append(self._kind_of_member(member).from_dict(member))
            except InvalidMessage as error:
                items.append(BROKEN)
                problems.extend(problem.under(f"[{index}]") for problem in error.problems)
        if problems:
            problems.extend(self.problems(tuple(items)))
            raise InvalidMessage(problems)
        return tuple(items)

    def _limit(self) -> str:
        if self.least:
            return _("must have %(least)s to %(most)s items", least=self.least, most=self.most)
        return _("must have at most %(most)s items", most=self.most)

    def _kind_of_member(self, member: object) -> type[Structure]:
        return self.kinds[0] if len(self.kinds) == 1 else kind_by_mark(self.kinds, member)


def kind_by_mark(kinds: tuple[type[Structure], ...], data: object) -> type[Structure]:
    """Return the kind that the data names by its mark.

    Raises :exc:`~joinchat_django.api.InvalidMessage` for data that names none of them.
    """
    if not isinstance(data, Mapping):
        raise InvalidMessage([Problem("", MUST_BE_OBJECT, kind_of(data))])
    marks = {kind.mark[1]: kind for kind in kinds if kind.mark}
    key = next(kind.mark[0] for kind in kinds if kind.mark)
    word = data.get(key)
    if isinstance(word, str) and word in marks:
        return marks[word]
    if key not in data:
        limit = _("is required: one of %(words)s", words=", ".join(marks))
        raise InvalidMessage([Problem(key, limit, code="required")])
    found = excerpt(word) if isinstance(word, str) else kind_of(word)
    limit = _("must be one of %(words)s", words=", ".join(marks))
    raise InvalidMessage([Problem(key, with_suggestion(limit, word, marks), found)])
