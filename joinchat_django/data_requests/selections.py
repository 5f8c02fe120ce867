"""In which broadcasts somebody was selected, and taking them out again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import F

from joinchat_django.broadcasts.audiences import Links, RowsWithUsers, audience_named
from joinchat_django.broadcasts.locking import broadcasts, locked
from joinchat_django.broadcasts.members import as_json
from joinchat_django.models import BroadcastChunk

from .belongings import Person

#: Chunks that are read at a time.
CHUNKS_READ = 20


@dataclass(frozen=True)
class Selection:
    """A broadcast, its chunks that somebody is in, and the keys of the rows that stand for them."""

    broadcast: int
    chunks: tuple[int, ...]
    keys: frozenset[int | str]


def selections_of(person: Person) -> Iterator[Selection]:
    """Yield the selections that somebody is in, those of broadcasts that are over included.

    That is as a user, by one of their links, or by a row of a registered model that names them now.
    A model that is registered no longer says nothing. Every chunk is read, a few at a time.
    """
    if person.user is None:
        return
    by_model: dict[str, frozenset[int | str]] = {}
    for pk, model in list(broadcasts().order_by("pk").values_list("pk", "model")):
        if model not in by_model:
            by_model[model] = frozenset(_keys(person, model))
        keys = by_model[model]
        if not keys:
            continue
        found: list[int] = []
        own: set[int | str] = set()
        parts = BroadcastChunk.objects.using(broadcasts().db).filter(broadcast=pk)
        listed = parts.order_by("number").values_list("pk", "members")
        for chunk, members in listed.iterator(chunk_size=CHUNKS_READ):
            if here := keys.intersection(members):
                found.append(chunk)
                own |= here
        if found:
            yield Selection(pk, tuple(found), frozenset(own))


def take_out(selection: Selection) -> bool:
    """Take somebody's keys out of a broadcast, in one transaction; tell whether any was there.

    Who has not had a turn is selected no longer; the counts of those who have stay as they are.
    """
    using = broadcasts().db
    with transaction.atomic(using=using):
        broadcast = locked(selection.broadcast)
        if broadcast is None:
            return False
        chunks = BroadcastChunk.objects.using(using).filter(pk__in=selection.chunks)
        waiting = done = 0
        has_changed = False
        for chunk in chunks:
            places = [n for n, key in enumerate(chunk.members) if key in selection.keys]
            has_changed |= bool(places)
            if chunk.number == broadcast.chunks_queued:
                done = sum(place < broadcast.members_done for place in places)
                waiting += len(places) - done
            elif chunk.number > broadcast.chunks_queued:
                waiting += len(places)
            kept = [key for key in chunk.members if key not in selection.keys]
            chunks.filter(pk=chunk.pk).update(members=kept)
        broadcasts().filter(pk=broadcast.pk).update(
            selected=F("selected") - waiting,
            members_done=F("members_done") - done,
            errors=[[key, error] for key, error in broadcast.errors if key not in selection.keys],
        )
        return has_changed


def _keys(person: Person, model: str) -> Iterator[int | str]:
    """Yield the keys of the rows of a model that stand for somebody, as selections hold them."""
    try:
        audience = audience_named(model)
    except LookupError:
        return
    found: list[Any]
    if isinstance(audience, Links):
        found = list(person.links().values_list("pk", flat=True))
    elif isinstance(audience, RowsWithUsers):
        rows = audience.queryset().filter(**{audience.path: person.user.pk})
        found = list(rows.values_list("pk", flat=True))
    else:
        found = [person.user.pk]
    yield from map(as_json, found)
