"""Freezing a selection."""

from __future__ import annotations

from typing import Any

from django.db import router, transaction
from django.db.models import QuerySet

from joinchat_django.models import Broadcast, BroadcastChunk

from .audiences import audience_of
from .members import as_json
from .reach import reach_of

#: Members of a chunk, which is one transaction of the fan-out.
CHUNK = 500

#: Chunks that are written at once.
_BATCH = 50


def draft(queryset: QuerySet[Any], *, requested_by: Any, title: str = "") -> Broadcast:
    """Freeze a selection, and return a draft that has no message yet.

    ``queryset`` is of users, of links or of a model that is registered. Its primary keys are read
    and kept now: rows that come to match it later get nothing. ``reach`` says how many of them each
    bot reaches now. Set ``bot``, ``body`` and what else the message is to be, then call
    :func:`~joinchat_django.broadcasts.start`. A draft that is not started is forgotten by
    ``joinchat_prune`` after a day.

    Raises ``LookupError`` for a model that is not known.
    """
    audience = audience_of(queryset.model)
    # Before the transaction: SQLite lets none write that has read what was changed meanwhile.
    keys = _keys(queryset)
    reach = reach_of(audience, queryset, keys)
    using = router.db_for_write(Broadcast)
    with transaction.atomic(using=using):
        broadcast = Broadcast(
            title=title,
            model=queryset.model._meta.label_lower,
            requested_by=requested_by,
            selected=len(keys),
            chunks=-(-len(keys) // CHUNK),
            reach=reach,
        )
        broadcast.save(using=using)
        BroadcastChunk.objects.using(using).bulk_create(
            (
                BroadcastChunk(
                    broadcast=broadcast,
                    number=number,
                    members=[as_json(key) for key in keys[number * CHUNK : (number + 1) * CHUNK]],
                )
                for number in range(broadcast.chunks)
            ),
            batch_size=_BATCH,
        )
    return broadcast


def _keys(queryset: QuerySet[Any]) -> list[Any]:
    query = queryset.query
    if not (query.is_sliced or query.combinator or query.distinct_fields):
        queryset = queryset.order_by("pk" if query.standard_ordering else "-pk")
    # Joins repeat rows.
    return list(dict.fromkeys(queryset.values_list("pk", flat=True)))
