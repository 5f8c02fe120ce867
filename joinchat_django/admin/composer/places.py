"""Where something is: a path in a message's JSON, and the name of its input in the form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from joinchat_django.api.errors import join_path

_STEP = re.compile(r"\.?([^.\[\]]+)|\[([0-9]{1,4})\]")


class Place(NamedTuple):
    """A path such as ``elements[2].title``, and the name of its input.

    That is ``composer-0-f-elements-2-title``, made from the declared fields alone.
    """

    path: str
    name: str

    def member(self, key: str) -> Place:
        """The place of an object's field."""
        return Place(join_path(self.path, key), f"{self.name}-{key}")

    def item(self, index: int) -> Place:
        """The place of a list's item."""
        return Place(f"{self.path}[{index}]", f"{self.name}-{index}")

    @property
    def id(self) -> str:
        """The id of its element in the page."""
        return f"id_{self.name}"


def steps_of(path: str) -> list[str | int]:
    """Return the keys and indexes that a path consists of."""
    return [int(match[2]) if match[2] is not None else match[1] for match in _STEP.finditer(path)]


def value_at(data: Any, path: str) -> Any:
    """Return what stands at a path, or None."""
    for step in steps_of(path):
        if isinstance(step, int):
            if not (isinstance(data, list) and step < len(data)):
                return None
        elif not (isinstance(data, Mapping) and step in data):
            return None
        data = data[step]
    return data


def parent_of(path: str) -> str:
    """Return the path of what holds a place; empty for the message itself."""
    return path[: max(path.rfind("."), path.rfind("["), 0)]
