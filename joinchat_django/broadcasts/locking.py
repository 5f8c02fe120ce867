"""Broadcasts in the database, one owner at a time."""

from __future__ import annotations

from typing import Any

from joinchat_django.models import Broadcast
from joinchat_django.models.primary import for_update, on_primary


def locked(pk: Any, *, skip_locked: bool = False) -> Broadcast | None:
    """Return a broadcast as it is now, locked until the running transaction ends.

    None if it is gone; with ``skip_locked`` also if somebody else has locked it, where the database
    can tell.
    """
    return for_update(on_primary(Broadcast).filter(pk=pk), skip_locked=skip_locked).first()
