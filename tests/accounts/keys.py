"""What a site's users have for a key."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models


def key(**options: Any) -> models.Field[Any, Any]:
    """Return the field of the primary key: a UUID, or a number in a classic site."""
    if settings.CLASSIC:
        return models.AutoField(primary_key=True, **options)
    return models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, **options)


def distinctive_key() -> Any:
    """Return a key that is found in no text by chance."""
    return 987_654_321 if settings.CLASSIC else uuid.uuid4()


def in_json(key: Any) -> int | str:
    """Return a user's key as JSON holds it."""
    return key if isinstance(key, int) else str(key)
