"""JSON as it goes over the wire: compact, non-ASCII as itself, decimals as the numbers they are."""

from __future__ import annotations

import json
import math
from decimal import Decimal
from json.encoder import encode_basestring as _quote

_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def encode(value: object) -> str:
    """Return the JSON text of plain data. A ``Decimal`` is written digit by digit.

    Raises ``TypeError`` for what is no JSON type, ``ValueError`` for NaN and infinity.
    """
    if isinstance(value, str):
        return _quote(value)
    if isinstance(value, dict):
        members = [f"{_quote(str(key))}:{encode(member)}" for key, member in value.items()]
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(encode, value)) + "]"
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError("JSON has no NaN and no infinity.")
        return str(value)
    return _write(value)


def plain_number(number: Decimal) -> int | float | Decimal:
    """Return a number that the ``json`` module writes and that equals the given one.

    The ``Decimal`` itself comes back if no int or float is exactly that number.
    """
    if number.as_tuple().exponent == 0 and number.adjusted() < 300:
        return int(number)
    approximation = float(number)
    if math.isfinite(approximation) and Decimal(repr(approximation)) == number:
        return approximation
    return number
