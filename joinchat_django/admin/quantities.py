"""Times and numbers in words."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.formats import number_format
from django.utils.timesince import timesince
from django.utils.translation import ngettext

from joinchat_django.preview.values import grouped

#: Up to so many of a unit are told in it.
_MOST = 90


def count(number: float) -> str:
    """Return a number as this language groups its digits."""
    return grouped(number)


def wait_in_words(seconds: float) -> str:
    """Return for how long something has waited, in the largest unit that it fills: days, weeks."""
    if round(seconds) < 60:
        return duration(seconds)
    now = timezone.now()
    # What rounds to a minute is one; the seconds that it lacks would make it none.
    return timesince(now - timedelta(seconds=max(seconds, 60)), now, depth=1)


def duration(seconds: float) -> str:
    """Return how long something takes, rounded to whole seconds, minutes or hours."""
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
