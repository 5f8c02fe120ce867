"""Forgetting broadcasts that are over, and drafts that nobody has started."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.databases import persistently
from joinchat_django.models import Broadcast
from joinchat_django.models.primary import on_primary

from .locking import locked

Status = Broadcast.Status

#: How long a draft waits to be started.
DRAFTS_KEPT = timedelta(days=1)

#: Seconds for which one is tried again while the database is busy or away.
PATIENCE = 60.0


def forget(older_than: timedelta) -> int:
    """Delete the broadcasts that ended longer than ``older_than`` ago, and drafts after a day.

    Return how many there were. Each goes in a transaction of its own, with its list of members;
    its messages stay until they are forgotten themselves. Time is the database's.
    """
    broadcasts = on_primary(Broadcast)
    now: datetime | None = broadcasts.order_by("pk").values_list(DatabaseNow(), flat=True).first()
    if now is None:
        return 0
    ripe = Q(status__in=(Status.FINISHED, Status.CANCELLED), finished_at__lt=now - older_than) | Q(
        status=Status.DRAFT, created_at__lt=now - DRAFTS_KEPT
    )
    forgotten = 0
    for pk in list(broadcasts.filter(ripe).order_by("pk").values_list("pk", flat=True)):

        def delete(pk: int = pk) -> bool:
            with transaction.atomic(using=broadcasts.db):
                # A draft may have been started meanwhile, and what was over may be tried again.
                locked(pk)
                return bool(broadcasts.filter(ripe, pk=pk).delete()[0])

        forgotten += persistently(delete, PATIENCE)
    return forgotten
