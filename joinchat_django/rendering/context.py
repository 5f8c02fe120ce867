"""Contexts hold plain data, so a template reaches nothing that the developer did not hand over."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.functional import Promise

_DEEPEST = 20
#: How far the exponent of a decimal may be from 0, as in ``1.5E+200``. Some of Django's filters
#: write all digits out, and take minutes for ``1E+999999``.
_LARGEST_EXPONENT = 200

#: How the value of an object is had whose class could bring attributes and methods along.
_VALUES: dict[type, Callable[[Any], Any]] = {
    int: int.__int__,
    float: float.__float__,
    Decimal: Decimal,
    datetime.datetime: lambda one: datetime.datetime.combine(one.date(), one.timetz()),
    datetime.date: lambda one: datetime.date(one.year, one.month, one.day),
    datetime.time: lambda one: datetime.datetime.combine(datetime.date.min, one).timetz(),
    datetime.timedelta: lambda one: datetime.timedelta(one.days, one.seconds, one.microseconds),
}
#: Types of plain data themselves, of which nothing has to be copied or looked at.
_PLAIN_TYPES = frozenset((*_VALUES, bool, str, type(None))) - {Decimal}


class PlainDataRequired(TypeError):
    """A context holds something else than plain data."""


def plain_data(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a context made of plain data alone.

    That is strings, numbers, dates and times, booleans, None, lists and dicts of those.
    Translations, members of enumerations and instances of classes that are derived from these
    types become their values. Raises :exc:`PlainDataRequired`, which names the place and says how
    to turn an object into data, and for a decimal whose exponent is beyond 200 or -200.
    """
    if not isinstance(context, Mapping):
        raise PlainDataRequired(f"A context must be a dict, not {type(context).__name__}.")
    return {
        _key(key, "context"): (
            # Without the path, which takes longer to write than all else.
            value if type(value) in _PLAIN_TYPES else _plain(value, f"context[{key!r}]")
        )
        for key, value in context.items()
    }


def user_data(user: Any, fields: Iterable[str]) -> dict[str, Any]:
    """Return the named fields of a user as plain data; one that is not there is left out.

    Raises :exc:`PlainDataRequired` for a field that holds an object.
    """
    return plain_fields((name, _shown(user, name)) for name in fields)


def plain_fields(values: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return what fields of a user hold as plain data, without those that hold nothing.

    Raises :exc:`PlainDataRequired` for an object.
    """
    data: dict[str, Any] = {}
    for name, value in values:
        if type(value) is str:
            data[name] = value
        elif value is not None:
            data[name] = _plain(value, f"user.{name}")
    return data


def _shown(user: Any, name: str) -> Any:
    value = getattr(user, name, None)
    return value() if inspect.ismethod(value) else value


def _plain(value: Any, path: str, depth: int = 0) -> Any:
    if depth > _DEEPEST:
        raise PlainDataRequired(f"{path} is nested more than {_DEEPEST} levels deep.")
    if isinstance(value, Enum):
        value = value.value
    if type(value) in _PLAIN_TYPES:
        return value
    if isinstance(value, (str, Promise)):
        return "".join(str(value))
    for base, value_of in _VALUES.items():
        if isinstance(value, base):
            return _bounded(_value(value, value_of, path), path)
    if isinstance(value, Mapping):
        return {
            _key(key, path): _plain(member, f"{path}[{key!r}]", depth + 1)
            for key, member in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(value)]
    kind = type(value).__name__
    raise PlainDataRequired(
        f"{path} is a {kind}; a context holds plain data only. Hand over the values that the "
        f'template needs, for example {{"{kind.lower()}": {{"number": {kind.lower()}.number}}}}, '
        "or a list of such dicts."
    )


def _value(value: Any, value_of: Callable[[Any], Any], path: str) -> Any:
    try:
        return value_of(value)
    except Exception as error:
        # Its class refuses, as pandas' NaT does, which is a datetime and has no date.
        raise PlainDataRequired(f"{path} has no value: {type(error).__name__}: {error}") from error


def _bounded(value: Any, path: str) -> Any:
    if isinstance(value, Decimal) and abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise PlainDataRequired(
            f"{path} is a decimal with the exponent {value.adjusted()}, which must be from "
            f"-{_LARGEST_EXPONENT} to {_LARGEST_EXPONENT}. Round it, or hand it over as text."
        )
    return value


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise PlainDataRequired(f"{path} has the key {key!r}; keys must be strings.")
    return "".join(key)
