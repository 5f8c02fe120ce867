"""Reading a dictionary of the settings into its class, and finding every mistake in it."""

from __future__ import annotations

import dataclasses
import difflib
import functools
import itertools
import math
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from .sections import BOUNDS, FORMS, Bot, BotOptions

Section = TypeVar("Section")

#: Characters that the tables hold of a bot's alias.
ALIAS_LENGTH = 64


@dataclass(frozen=True)
class Fault:
    """A mistake in the settings: the system check's id, what is wrong, and the way out."""

    id: str
    message: str
    hint: str


class Key(NamedTuple):
    """A key of a dictionary: the field it fills, the type, and whether it has to be there."""

    field: str
    hint: Any
    required: bool


@functools.cache
def keys_of(section: type) -> dict[str, Key]:
    """Return the keys that a section's dictionary may have."""
    hints = get_type_hints(section)
    keys = {}
    for field in dataclasses.fields(section):
        if field.name == "alias":
            continue  # The key of the entry itself.
        hint = Mapping[str, Any] if hints[field.name] is BotOptions else hints[field.name]
        name = field.name if section is BotOptions else field.name.upper()
        keys[name] = Key(field.name, hint, field.default is dataclasses.MISSING)
    return keys


def build(section: type[Section], entry: Mapping[str, Any], **given: Any) -> Section:
    """Return the section that a dictionary without faults stands for."""
    kind: type = section
    keys = keys_of(kind)
    for name, value in entry.items():
        key = keys[name]
        given[key.field] = tuple(value) if get_origin(key.hint) is tuple else value
    return section(**given)


def bot_faults(alias: str, entry: object) -> Iterator[Fault]:
    """Yield the mistakes of one entry of ``JOINCHAT``."""
    where = f"JOINCHAT[{alias!r}]"
    if not isinstance(alias, str) or not 0 < len(alias) <= ALIAS_LENGTH:
        message = f"{where}: a bot's alias must be a string of 1 to {ALIAS_LENGTH} characters."
        yield Fault("joinchat.E006", message, "Choose a shorter name, such as 'default'.")
    yield from faults(where, Bot, entry)
    if isinstance(entry, Mapping) and isinstance(entry.get("OPTIONS"), Mapping):
        yield from faults(f"{where}['OPTIONS']", BotOptions, entry["OPTIONS"])


def alias_faults(alias: str, aliases: Iterable[str]) -> Iterator[Fault]:
    """Yield a mistake if an alias that comes before this one could be taken for it."""
    for earlier in itertools.takewhile(lambda one: one != alias, aliases):
        if isinstance(alias, str) and isinstance(earlier, str) and alike(earlier, alias):
            message = f"JOINCHAT: MariaDB and MySQL take {alias!r} and {earlier!r} for one bot."
            hint = "Choose names that differ by more than case, accents or blanks at the end."
            yield Fault("joinchat.E011", message, hint)
            return


def alike(one: str, other: str) -> bool:
    """Tell whether a database may take two names for the same, as MariaDB and MySQL do.

    They compare without regard to case, accents and blanks at the end, unless told otherwise.
    """
    return _without_marks(one) == _without_marks(other)


def _without_marks(name: str) -> str:
    apart = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return plain.casefold().rstrip(" ")


def faults(where: str, section: type, entry: object) -> Iterator[Fault]:
    """Yield the mistakes of one dictionary. No value of it is shown: it may be secret."""
    if not isinstance(entry, Mapping):
        yield Fault("joinchat.E004", f"{where} must be a dictionary.", "See the README's settings.")
        return
    keys = keys_of(section)
    for name, key in keys.items():
        if key.required and _is_blank(entry.get(name)):
            hint = "Copy it from Settings → API in JoinChat's console."
            yield Fault("joinchat.E002", f"{where} has no {name}.", hint)
    for name, value in entry.items():
        if name not in keys:
            yield Fault(
                "joinchat.E005", f"{where} has an unknown key {name!r}.", _meant(name, keys)
            )
        elif not (keys[name].required and _is_blank(value)):
            yield from _value_faults(f"{where}[{name!r}]", section, keys[name], value)


def _value_faults(where: str, section: type, key: Key, value: Any) -> Iterator[Fault]:
    if not _fits(value, key.hint):
        message = f"{where} must be {_describe(key.hint)}, not {type(value).__name__}."
        yield Fault("joinchat.E004", message, "Correct the type of the value.")
        return
    is_right, form = FORMS.get((section, key.field), (None, ""))
    if is_right and not is_right(value):
        yield Fault("joinchat.E006", f"{where} must be {form}.", "Correct the value.")
    least, most = BOUNDS.get((section, key.field), (None, None))
    if value is None or least is None:
        return
    if not least <= value <= (math.inf if most is None else most):
        limits = f"at least {least:g}" + ("" if most is None else f", at most {most:g}")
        yield Fault("joinchat.E006", f"{where} must be {limits}.", "Correct the value.")


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _meant(name: object, keys: Iterable[str]) -> str:
    by_lower_case = {key.lower(): key for key in keys}
    close = difflib.get_close_matches(str(name).lower(), by_lower_case, n=1, cutoff=0.5)
    if close:
        return f"Did you mean {by_lower_case[close[0]]!r}?"
    return f"Known keys: {', '.join(keys)}."


def _fits(value: object, hint: Any) -> bool:
    if get_origin(hint) is tuple:
        return isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value)
    if get_origin(hint) is Mapping:
        return isinstance(value, Mapping)
    if alternatives := get_args(hint):
        return any(_fits(value, alternative) for alternative in alternatives)
    if hint is float:
        hint = (int, float)
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))


def _describe(hint: Any) -> str:
    names = {bool: "True or False", int: "an integer", float: "a number", str: "a string"}
    if hint in names:
        return names[hint]
    if get_origin(hint) is tuple:
        return "a list of strings"
    if get_origin(hint) is Mapping:
        return "a dictionary"
    return _describe(next(kind for kind in get_args(hint) if kind is not type(None)))
