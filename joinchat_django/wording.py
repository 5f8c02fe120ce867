"""What the API package says in English, said in the language of whoever looks at it.

Errors keep their English, for logs, for the outbox and for code. A page says them by these.
"""

from __future__ import annotations

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from joinchat_django.api import Problem
from joinchat_django.api.wording import Wording


def localized(text: str) -> str:
    """Return a wording in the active language; any other text comes back as it is."""
    if not isinstance(text, Wording):
        return text
    pattern = _(text.pattern)
    values = {name: _value(value) for name, value in text.values.items()}
    return pattern % values if values else pattern


def told(problem: Problem) -> str:
    """Return ``str(problem)`` in the active language."""
    text = localized(problem.limit)
    if problem.found:
        found = {"limit": text, "found": localized(problem.found)}
        text = _("%(limit)s, found %(found)s") % found
    return f"{problem.path}: {text}" if problem.path else text


def _value(value: object) -> str:
    if isinstance(value, int):
        return str(number_format(value))
    return localized(value) if isinstance(value, str) else str(value)
