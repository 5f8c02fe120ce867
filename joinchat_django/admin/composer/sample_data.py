"""The sample data of a composer, which a page shows as inputs and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _

from joinchat_django.admin.json_text import JSONText, check_storable
from joinchat_django.rendering import Variable

from .panels import pretty, seal
from .reading import text_of
from .samples import Rows, Value, change_rows, read_sample, show_sample


class SampleData:
    """Values for the variables of a message.

    ``data`` holds them, ``text`` is their JSON as the page shows it, ``mode`` which of the two tabs
    is open, ``fields`` or ``json``. ``errors`` says what is wrong; ``data`` is empty then if it
    could not be read. ``name`` begins the names of the inputs.
    """

    def __init__(self, name: str, data: Mapping[str, Any]) -> None:
        self.name = name
        self.mode = "fields"
        self.errors: list[str] = []
        self.parts: list[Value | Rows] = []
        self._hold(dict(data))

    @classmethod
    def read(cls, name: str, posted: QueryDict, variables: tuple[Variable, ...]) -> SampleData:
        """Read what a browser has submitted: the inputs, unless the JSON has been edited."""
        sample = cls(name, {})
        sample.mode = "json" if posted.get(f"{name}-mode") == "json" else "fields"
        sample.text = text_of(posted, f"{name}-json")
        is_edited = seal(sample.text) != posted.get(f"{name}-seal")
        try:
            found = JSONText(required=False).clean(sample.text) or {}
            if not isinstance(found, dict):
                raise ValidationError(_("Sample data must be an object: {…}."))
        except ValidationError as error:
            sample.mode, sample.errors = "json", list(error.messages)
            return sample
        sample.data = found
        if sample.mode == "fields" or not is_edited:
            sample._hold(read_sample(variables, found, posted, name))
            try:
                check_storable(sample.data)
            except ValueError as error:
                sample.errors = [str(error)]
        return sample

    @property
    def seal(self) -> str:
        """By which the JSON is known again if nobody changes it."""
        return "" if self.errors else seal(self.text)

    def change_rows(self, verb: str, path: str) -> str:
        """Add a row to a list, or take one away, and return the id of where to go on."""
        self._hold(change_rows(self.data, verb, path))
        if verb == "row-add":
            return f"id_{self.name}{path}_last"
        return f"id_{self.name}{path.rpartition('[')[0] or path}"

    def show(self, variables: tuple[Variable, ...]) -> None:
        """Make ``parts``, the inputs, for the variables that the message names now."""
        self.parts = show_sample(variables, self.data, self.name)

    def _hold(self, data: dict[str, Any]) -> None:
        self.data = data
        self.text = pretty(data)
