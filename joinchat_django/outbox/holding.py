"""Holding a group back for as long as somebody wants, and letting it go on."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import on_primary

from .changing import change_rows
from .followers import bring_followers_back
from .rows import held_until
from .selections import chunks

Status = OutboxMessage.Status


def hold(*, group: str) -> int:
    """Keep the queued messages of a group back until :func:`release`; return how many it changed.

    They are scheduled for a time that does not come, so they hold up nobody's other messages, and
    have all their attempts before them when they are released. One that is being sent is finished;
    if it comes back to the queue, the next call holds it. What is queued in the group later is not
    held. ``cancel`` works on held messages.

    Large groups are done in several transactions, unless the caller has one open. Raises
    ``ValueError`` for an empty group.
    """
    found = chunks(None, group, [Status.QUEUED])
    return change_rows(found, _hold, "held", group)


async def ahold(*, group: str) -> int:
    """Do what :func:`hold` does, from asynchronous code."""
    return await sync_to_async(hold)(group=group)


def release(*, group: str) -> int:
    """Let the held messages of a group be due at once, and return how many there were.

    Delivery is woken after the commit. Transactions and errors are those of :func:`hold`.
    """
    found = chunks(None, group, [Status.QUEUED])
    return change_rows(found, _release, "released", group, wakes=True)


async def arelease(*, group: str) -> int:
    """Do what :func:`release` does, from asynchronous code."""
    return await sync_to_async(release)(group=group)


def _hold(keys: list[int]) -> int:
    queued = _queued(keys)
    bring_followers_back(queued.filter(attempts__gt=0))
    # With attempts behind it a row would seem to wait for another one, and hold up its recipient.
    return queued.exclude(send_at=held_until()).update(send_at=held_until(), attempts=0)


def _release(keys: list[int]) -> int:
    return _queued(keys).filter(send_at=held_until()).update(send_at=DatabaseNow())


def _queued(keys: list[int]) -> QuerySet[OutboxMessage]:
    return on_primary(OutboxMessage).filter(pk__in=keys, status=Status.QUEUED)
