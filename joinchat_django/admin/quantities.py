"""Times and numbers in words."""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import ngettext

#: Up to so many of a unit are told in it.
_MOST = 90


def count(number: float) -> str:
    """Return a number as this language groups its digits."""
    return str(number_format(number, force_grouping=True))


def duration(seconds: float) -> str:
    """Return a span of time in the unit that fits, in whole numbers."""
    if seconds <= _MOST:
        number = max(round(seconds), 1)
        text = ngettext("%(number)d second", "%(number)d seconds", number)
    elif seconds <= _MOST * 60:
        number = round(seconds / 60)
        text = ngettext("%(number)d minute", "%(number)d minutes", number)
    else:
        number = round(seconds / 3600)
        text = ngettext("%(number)d hour", "%(number)d hours", number)
    return text % {"number": number}


def rate(per_second: float) -> str:
    """Return a rate as a number with one decimal where it is small."""
    if per_second < 0.05:
        return f"< {number_format(0.1, 1)}"
    return count(round(per_second, 1) if per_second < 10 else round(per_second))
