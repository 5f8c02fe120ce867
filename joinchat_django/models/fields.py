"""A column that makes texts unique byte by byte, whatever the database's collation."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import models


def digest(*values: str) -> str:
    """Return 64 hex digits that stand for exactly these texts in this order."""
    return hashlib.sha256("\0".join(values).encode()).hexdigest()


class DigestField(models.CharField):  # type: ignore[type-arg]
    """The digest of other fields of the row, set whenever the row is saved.

    A collation that ignores case (MariaDB's default) takes two texts for one; their digests
    differ. It is NULL if the only source is NULL.
    """

    def __init__(self, *sources: str, **options: Any) -> None:
        self.sources = sources
        super().__init__(**{"max_length": 64, "editable": False, **options})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, _args, options = super().deconstruct()
        return name, path, list(self.sources), options

    def pre_save(self, model_instance: models.Model, add: bool) -> str | None:
        values = [getattr(model_instance, source) for source in self.sources]
        value = None if values == [None] else digest(*values)
        setattr(model_instance, self.attname, value)
        return value
