"""Which variables a template's body names, as a tree that a form can be made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .body import compile_parts
from .lookups import Found, Search

Kind = Literal["value", "number", "date", "list", "object"]


@dataclass(frozen=True)
class Variable:
    """A variable that a body names, or a member of one.

    ``path`` is how a person writes it, from the context down: "order.number". The members of a
    list's items stand under the list, without an index: "lines.title".

    ``kind`` is what the body takes it for: a ``value`` to be shown or asked about, a ``number``, a
    ``date`` (or time), an ``object`` with ``members``, or a ``list``. The members of a list are
    those that each item has. Items that are no objects stand as one member without a name, which
    says what they are. ``least`` is how many items the body reaches for by index.
    """

    name: str
    path: str
    kind: Kind = "value"
    members: tuple[Variable, ...] = ()
    least: int = 0


def variables_of(*bodies: object) -> tuple[Variable, ...]:
    """Return the variables that one body or several name, in the order in which they appear.

    Found are those of ``$each``, of tags and conditions and of filters' arguments, in branches that
    are not taken, too. The recipient is the object ``user``, if any. What a body itself names (a
    loop's item, ``forloop``, ``{% with %}``) is no variable, but what is asked of it counts for
    what it stands for: ``line.title`` within ``{% for line in lines %}`` for ``lines``.

    Bodies may be unfinished: a string that is no valid template contributes nothing. Raises
    nothing. At most 500 variables are found, and none that is more than 20 members deep.
    """
    search = Search()
    for body in bodies:
        search.part(compile_parts(body)[0])
    return _members(search.root, "")


def _members(found: Found, path: str) -> tuple[Variable, ...]:
    return tuple(
        _variable(name, f"{path}.{name}" if path else name, member)
        for name, member in found.members.items()
    )


def _variable(name: str, path: str, found: Found) -> Variable:
    kind = _kind(found)
    members: tuple[Variable, ...] = ()
    if kind == "object":
        members = _members(found, path)
    elif kind == "list":
        item = found.item or Found()
        is_object = _kind(item) == "object"
        members = _members(item, path) if is_object else (_variable("", path, item),)
    return Variable(name, path, kind, members, found.least if kind == "list" else 0)


def _kind(found: Found) -> Kind:
    if found.is_list:
        return "list"
    if found.members or found.is_object:
        return "object"
    return "date" if found.is_date else "number" if found.is_number else "value"
