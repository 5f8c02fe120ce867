"""Single values of a message, as text in an input and back."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from joinchat_django.api import InvalidMessage, PostbackButton
from joinchat_django.api.buttons import MOST_DIGITS, REFERENCES

_NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,3})?")
_INTEGER = re.compile(rf"-?(0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})")


def written(value: object) -> str:
    """Return a scalar as an input shows it; anything else is shown empty."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    return value if isinstance(value, str) else ""


def number(text: str) -> Any:
    """Return the number that a text stands for, or the text if it is none, such as a variable.

    A number that floating point would change stays text, which a template takes as exactly that.
    """
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    found = float(text)
    return found if math.isfinite(found) and Decimal(repr(found)) == Decimal(text) else text


def exact(value: object) -> Any:
    """Return a number, or a text that stands for one, as a ``Decimal``; all else as it is."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return Decimal(value.strip())
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Decimal(repr(value)) if _NUMBER.fullmatch(repr(value)) else value
    return value


def reference(text: str, mark: str) -> str | int:
    """Return an id as the type it had: a number if ``mark`` says so and it still looks like one."""
    return int(text) if mark == "number" and _INTEGER.fullmatch(text) else text


def references_of(payload: object) -> Any:
    """Return the block and flow that a payload's text names, else the payload as it is."""
    if not isinstance(payload, str) or not payload.startswith("{"):
        return payload
    try:
        button = PostbackButton(title="-", payload=payload)
    except InvalidMessage:
        return payload
    found = {name: getattr(button, name) for name in REFERENCES}
    return {name: value for name, value in found.items() if value is not None} or payload


def is_references(payload: object) -> bool:
    """Tell whether a payload is an object that the form has inputs for."""
    return isinstance(payload, Mapping) and set(payload) <= set(REFERENCES)
