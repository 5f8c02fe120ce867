"""Broadcasts in the database, one owner at a time."""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models import F

from joinchat_django.models import Broadcast
from joinchat_django.models.primary import on_primary


def locked(pk: Any, *, skip_locked: bool = False) -> Broadcast | None:
    """Return a broadcast as it is now, locked until the running transaction ends.

    None if it is gone; with ``skip_locked`` also if somebody else has locked it, where the database
    can tell.
    """
    found = on_primary(Broadcast).filter(pk=pk)
    features = connections[found.db].features
    if features.has_select_for_update:
        skip = skip_locked and features.has_select_for_update_skip_locked
        return found.select_for_update(skip_locked=skip).first()
    # SQLite has one writer at a time: what begins with a write owns the file from then on.
    on_primary(Broadcast).filter(pk=pk).update(chunks=F("chunks"))
    return found.first()
