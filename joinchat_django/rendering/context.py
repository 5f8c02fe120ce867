"""Contexts hold plain data, so a template reaches nothing that the developer did not hand over."""

from __future__ import annotations

import datetime
import inspect
from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.functional import Promise

_SCALARS = (bool, int, float, Decimal, datetime.date, datetime.time, datetime.timedelta)
_DEEPEST = 20
#: Types of plain data themselves, of which nothing has to be copied.
_PLAIN_TYPES = frozenset((*_SCALARS, datetime.datetime, str, type(None)))


class PlainDataRequired(TypeError):
    """A context holds something else than plain data."""


def plain_data(context: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a context made of plain data alone.

    That is strings, numbers, decimals, dates and times, booleans, None, lists and dicts of those;
    translations and members of enumerations become their values. Raises
    :exc:`PlainDataRequired`, which names the place and says how to turn an object into data.
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
    if isinstance(value, (str, Promise)):
        # A new str: a subclass could bring methods along.
        return "".join(str(value))
    if value is None or isinstance(value, _SCALARS):
        return value
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


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise PlainDataRequired(f"{path} has the key {key!r}; keys must be strings.")
    return "".join(key)
