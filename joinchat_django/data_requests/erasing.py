"""Forgetting somebody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from asgiref.sync import sync_to_async
from django.db import connections, router, transaction
from django.db.models import Model, Q, QuerySet

from joinchat_django import linking, outbox
from joinchat_django.api import Recipient
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.databases import persistently
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.outbox.rows import written
from joinchat_django.retention import delete_messages

from .belongings import Person
from .open_transactions import wait_for_open_transactions
from .rejections import bots_with_rejections, drop_missing
from .selections import selections_of, take_out

logger = logging.getLogger("joinchat_django.data_requests")

Changed = TypeVar("Changed")
Row = TypeVar("Row", bound=Model)

#: Seconds for which a step is tried again while the database is busy or away.
PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """What :func:`erase` has forgotten, or would.

    ``links`` and ``messages`` were deleted. ``broadcasts`` no longer select the person, and
    ``requested`` messages and broadcasts no longer say who asked. ``being_sent`` has the primary
    keys of the messages that a worker has in hand, and that are left.
    """

    links: int = 0
    messages: int = 0
    broadcasts: int = 0
    requested: int = 0
    being_sent: tuple[int, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left. If something is, erase again when it has been sent."""
        return not self.being_sent


def erase(
    user: Any,
    *,
    recipients: Iterable[Recipient] = (),
    dry_run: bool = False,
    chunk: int = 500,
    progress: Callable[[int], object] = lambda messages: None,
) -> Erasure:
    """Forget what the app knows about a user, and return what that was.

    They are unlinked, ``user_unlinked`` is sent for each link that was active, and no broadcast
    selects them any more. What waits to be sent to them is not sent. Links and messages go, with
    attempts and idempotency keys. What they asked for as a member of the staff stays, for it is
    about others, but no longer says who asked. The user stays: delete or rename the account
    afterwards, once an erasure is complete. The other way round, messages would stay without a
    user.

    A message that a worker has in hand cannot be called back. It stays until the next run, without
    its content and never to be tried again, and is named in the result. A minute later (``LEASE``)
    none is left, even if the worker has died.

    Transactions that may have queued something for them and are still open are waited for, a minute
    at most. What is queued later finds them unlinked. What is queued for ``recipients`` at the same
    moment may stay.

    See :mod:`joinchat_django.data_requests` for what is theirs. ``user`` may be None if
    ``recipients`` names somebody who is no user, or no longer. ``dry_run`` counts and changes
    nothing. Each ``chunk`` of messages, 500 at most, is a short transaction of its own unless the
    caller has one open: workers go on, and after an interruption run it again. ``progress`` is told
    how many messages have been deleted so far.

    Raises ``TypeError`` for what is no saved user, ``ValueError`` if nobody is named or ``chunk``
    is less than 1, :exc:`StillOpen` if a transaction stays open for longer, ``RuntimeError`` if the
    database keeps what was deleted.
    """
    person = Person(user, recipients)
    if chunk < 1:
        raise ValueError(f"chunk must be at least 1, not {chunk}.")
    if dry_run:
        return _outlook(person)
    linking.switch_off(person.links())
    if user is not None:
        _persistently(partial(wait_for_open_transactions, user))
    broadcasts = sum(_persistently(partial(take_out, one)) for one in list(selections_of(person)))
    messages, held = _erase_messages(person, chunk, progress)
    for bot in bots_with_rejections():
        _persistently(partial(drop_missing, bot))
    requested = _forget_who_asked(person, chunk)
    links = _persistently(partial(_delete_links, person))
    erased = Erasure(
        links=links,
        messages=messages,
        broadcasts=broadcasts,
        requested=requested,
        being_sent=tuple(sorted(held)),
    )
    logger.info("erased links=%s messages=%s being_sent=%s", links, messages, len(held))
    return erased


async def aerase(
    user: Any, *, recipients: Iterable[Recipient] = (), dry_run: bool = False
) -> Erasure:
    """Do what :func:`erase` does, from asynchronous code."""
    return await sync_to_async(erase)(user, recipients=recipients, dry_run=dry_run)


def _outlook(person: Person) -> Erasure:
    keys = _keys(person)
    held: set[int] = set()
    for rows in person.messages():
        held.update(rows.filter(_in_hand()).values_list("pk", flat=True))
    return Erasure(
        links=person.links().count(),
        messages=len(keys - held),
        broadcasts=sum(1 for _one in selections_of(person)),
        requested=person.requested_messages().count() + person.requested_broadcasts().count(),
        being_sent=tuple(sorted(held)),
    )


def _erase_messages(
    person: Person, chunk: int, progress: Callable[[int], object]
) -> tuple[int, set[int]]:
    """Delete messages; return how many, and the keys of those that a worker has in hand."""
    count = 0
    seen: set[int] = set()
    held: set[int] = set()
    # Again until nothing is new. No key twice: a transaction of the caller's may go on seeing what
    # somebody else has deleted.
    while keys := sorted(_keys(person) - seen):
        seen.update(keys)
        for some in _pages(keys, chunk):
            deleted, in_hand = _persistently(partial(_erase_some, some))
            held |= in_hand
            count += deleted
            progress(count)
    return count, held


def _keys(person: Person) -> set[int]:
    """Return the keys of the messages to somebody.

    Without an order: to have them in it, a planner may walk along all keys that there are.
    """
    found = (rows.order_by().values_list("pk", flat=True) for rows in person.messages())
    return {key for some in found for key in some.iterator()}


def _pages(keys: list[int], chunk: int) -> Iterator[list[int]]:
    size = min(chunk, 500)
    for start in range(0, len(keys), size):
        yield keys[start : start + size]


def _erase_some(keys: list[int]) -> tuple[int, set[int]]:
    """Delete rows in a transaction; return how many, and which of them a worker has in hand."""
    rows = written().filter(pk__in=keys)
    features = connections[rows.db].features
    with transaction.atomic(using=rows.db):
        if not features.has_select_for_update:
            # SQLite has one writer at a time: what begins with a write owns the file from then on.
            written().filter(pk=0).update(attempts=0)
        # Which locks them, and lets go what waited behind one that failed.
        outbox.cancel(rows)
        in_hand = _locked(rows.filter(_in_hand()))
        held = set(in_hand.values_list("pk", flat=True))
        written().filter(pk__in=held).update(content="")
        doomed = [key for key in keys if key not in held]
        deleted = delete_messages(doomed, rows.db)
        # Fewer, if another erasure was quicker. A rule or trigger may have kept them, too.
        if deleted < len(doomed) and _locked(written().filter(pk__in=doomed)):
            raise RuntimeError("The database keeps messages that were deleted. Is there a trigger?")
        return deleted, held


def _locked(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Lock rows where that can be done, which shows them as they are now."""
    return rows.select_for_update() if connections[rows.db].features.has_select_for_update else rows


def _delete_links(person: Person) -> int:
    _total, by_model = person.links().delete()
    return by_model.get(MessengerLink._meta.label, 0)


def _forget_who_asked(person: Person, chunk: int) -> int:
    count = 0
    keys = sorted(person.requested_messages().order_by().values_list("pk", flat=True))
    for some in _pages(keys, chunk):
        rows = written().filter(pk__in=some)
        count += _persistently(partial(rows.update, requested_by=None))
    return count + _persistently(partial(person.requested_broadcasts().update, requested_by=None))


def _in_hand() -> Q:
    """Match rows that a worker has in hand, and may be sending."""
    return Q(status=OutboxMessage.Status.SENDING, lease_until__gt=DatabaseNow())


def _persistently(step: Callable[[], Changed]) -> Changed:
    """Take a step again until the database lets it, unless the transaction is the caller's."""
    if connections[router.db_for_write(OutboxMessage)].in_atomic_block:
        return step()
    return persistently(step, PATIENCE)
