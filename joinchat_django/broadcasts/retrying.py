"""Trying messages again, whatever broadcasts they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.db import router

from joinchat_django import outbox
from joinchat_django.delivery.databases import atomically
from joinchat_django.models import Broadcast, OutboxMessage
from joinchat_django.models.primary import on_primary
from joinchat_django.outbox.rows import held_until

from .locking import locked

_PREFIX = Broadcast(pk="").group


def retry_messages(messages: Sequence[OutboxMessage]) -> int:
    """Queue again those of some messages that came to a bad end; return how many.

    It is :func:`outbox.retry`, but for messages of a paused broadcast: they are held, as the
    broadcast's others are, until it is resumed. All are done in one transaction; give it hundreds
    at most.
    """
    keys = _broadcasts_of(messages)

    def change() -> int:
        # First, and in order, as everybody does who changes a broadcast and its messages.
        found = [locked(key) for key in keys]
        paused = [one for one in found if one and one.status == Broadcast.Status.PAUSED]
        retried = outbox.retry(messages)
        for one in paused:
            _hold(one, messages)
        return retried

    return atomically(change, router.db_for_write(OutboxMessage))


def _broadcasts_of(messages: Iterable[OutboxMessage]) -> list[int]:
    """Return the keys that the names of groups have, whether there are such broadcasts or not."""
    tails = {
        message.group.removeprefix(_PREFIX)
        for message in messages
        if message.group.startswith(_PREFIX)
    }
    return sorted(int(t) for t in tails if t.isascii() and t.isdigit() and len(t) < 19)


def _hold(broadcast: Broadcast, messages: Iterable[OutboxMessage]) -> None:
    """Hold those that were queued again just now, rather than look at the whole group."""
    queued = on_primary(OutboxMessage).filter(
        pk__in=[message.pk for message in messages if message.group == broadcast.group],
        status=OutboxMessage.Status.QUEUED,
    )
    queued.update(send_at=held_until(), attempts=0)
