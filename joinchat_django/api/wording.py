"""Sentences that remember their parts, so that a site can say them in its visitors' language."""

from __future__ import annotations

from collections.abc import Mapping


class Wording(str):
    """A sentence in English, made of a ``pattern`` and the ``values`` that its ``%(name)s`` take.

    It is that sentence wherever text is wanted. What shows it to people translates the pattern and
    fills in the values; one that is a wording in its turn is translated likewise.
    """

    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, **values: object) -> Wording:
        self = super().__new__(cls, pattern % values if values else pattern)
        self.pattern = pattern
        self.values = values
        return self


def worded(pattern: str, **values: object) -> Wording:
    """Return a wording. Imported as ``_``, it has the catalogues take the pattern up.

    This package works without Django, whose functions of that name need its settings.
    """
    return Wording(pattern, **values)
