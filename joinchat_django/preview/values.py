"""Single values of a message, read without trust: what cannot be shown comes back empty."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from urllib.parse import urlsplit

from django.utils import formats, numberformat, timezone

_SYMBOLS = {
    "CNY": "CN¥",
    "EUR": "€",
    "GBP": "£",
    "HKD": "HK$",
    "INR": "₹",
    "JPY": "¥",
    "KRW": "₩",
    "TWD": "NT$",
    "USD": "$",
}
_WITHOUT_CENTS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
_MINUS = "\N{MINUS SIGN}"
_MAX_PLACES = 4
_LONGEST_JSON = 20_000
_DEEPEST_INDENTED = 30
_MOST_INDENTED = 10_000


def text(value: object) -> str:
    """Return a string fit for a page: NUL and lone surrogates replaced. Else an empty one."""
    if not isinstance(value, str):
        return ""
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if character == "\0" or "\ud800" <= character <= "\udfff"
        else character
        for character in value
    )


def number(value: object) -> str:
    """Return a number as text, and a string as it is: a draft may hold a variable there."""
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return _plain(value)
    return text(value)


def web_url(value: object) -> str:
    """Return the address if a browser may open it: absolute, http or https, without spaces."""
    if not isinstance(value, str) or any(character <= " " for character in value):
        return ""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError:
        return ""
    return text(value) if parts.scheme in ("http", "https") and host else ""


def domain(url: str) -> str:
    """Return the host of an address that ``web_url`` let pass."""
    return urlsplit(url).hostname or "" if url else ""


def amount(value: object, currency: str, *, negative: bool = False) -> str:
    """Return an amount of money with its currency; ``negative`` shows it as a deduction."""
    if isinstance(value, bool) or not isinstance(value, (int, float, Decimal, str)):
        return ""
    try:
        found = Decimal(_plain(value) if not isinstance(value, str) else value)
    except InvalidOperation:
        return text(value)
    if not found.is_finite() or abs(found.adjusted()) > 15:
        return number(value)
    least = 0 if currency.upper() in _WITHOUT_CENTS.split() else 2
    exponent = round(found, _MAX_PLACES).normalize().as_tuple().exponent
    places = max(least, -exponent if isinstance(exponent, int) else 0)
    sign = _MINUS if negative or found < 0 else ""
    unit = _SYMBOLS.get(currency.upper(), f"{currency}{_NO_BREAK_SPACE}" if currency else "")
    figure = grouped(round(abs(found), places), places)
    return f"{sign}{unit}{figure}"


def grouped(figure: float | Decimal, places: int | None = None) -> str:
    """Return a figure with its digits in groups, as this language writes it.

    Where Django would write none, they are groups of three.
    """
    point = formats.get_format("DECIMAL_SEPARATOR")
    size = formats.get_format("NUMBER_GROUPING")
    separator = formats.get_format("THOUSAND_SEPARATOR")
    if not separator:
        # So it is for Chinese, of which Django says groups of four with nothing between them.
        size, separator = 3, "," if point != "," else _NO_BREAK_SPACE
    return str(
        numberformat.format(figure, point, places, size or 3, separator, force_grouping=True)
    )


def moment(value: object) -> str:
    """Return seconds since 1970, given as digits, as a date and time of the current time zone."""
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()) or len(value) > 15:
        return ""
    try:
        found = datetime.fromtimestamp(int(value), tz=timezone.get_current_timezone())
    except (ValueError, OverflowError, OSError):
        return ""
    return formats.date_format(found, "DATETIME_FORMAT")


def pretty_json(value: object) -> str:
    """Return anything as indented JSON of bounded length.

    What is very large or deep comes without indents, and what JSON has no words for as the name
    of its type.
    """
    try:
        indent = 2 if _is_handy(value) else None
        found = json.dumps(value, indent=indent, ensure_ascii=False, default=repr)
    except (TypeError, ValueError, RecursionError):
        return text(ascii(type(value).__name__))
    if len(found) > _LONGEST_JSON:
        found = found[:_LONGEST_JSON] + "\n\N{HORIZONTAL ELLIPSIS}"
    return text(found)


def _is_handy(value: object) -> bool:
    """Tell whether it is fit for indenting, whose cost grows with size times depth."""
    found = 0
    level = [value]
    for _depth in range(_DEEPEST_INDENTED):
        found += len(level)
        if found > _MOST_INDENTED:
            return False
        level = [inner for item in level for inner in _inside(item)]
    return not level


def _inside(item: object) -> Iterable[object]:
    if isinstance(item, Mapping):
        return item.values()
    return item if isinstance(item, (list, tuple)) else ()


def _plain(value: float | Decimal) -> str:
    try:
        return str(value)
    except ValueError:
        # Python refuses to write out an integer of thousands of digits.
        return "\N{HORIZONTAL ELLIPSIS}"
