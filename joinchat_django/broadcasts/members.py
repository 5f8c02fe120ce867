"""A broadcast's members: the primary keys of the rows that were selected, chunk by chunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from joinchat_django.models import Broadcast, BroadcastChunk
from joinchat_django.models.primary import on_primary

from .audiences import Audience

#: Chunks that are looked through at most for the first few members of some kind.
LOOKED_THROUGH = 40


def as_json(key: Any) -> int | str:
    """Return a primary key as JSON has it, and as a chunk keeps it."""
    return key if isinstance(key, int) else str(key)


def keys_of(audience: Audience, chunk: BroadcastChunk) -> list[Any]:
    """Return the primary keys of a chunk's members."""
    parse: Any = audience.model._meta.pk
    return [parse.to_python(key) for key in chunk.members]


def first_chunks(broadcast: Broadcast) -> Iterator[BroadcastChunk]:
    """Yield a broadcast's chunks in their order, one at a time, :data:`LOOKED_THROUGH` at most."""
    chunks = on_primary(BroadcastChunk).filter(broadcast=broadcast)
    yield from chunks.order_by("number")[:LOOKED_THROUGH].iterator(chunk_size=1)
