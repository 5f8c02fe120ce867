"""Forgetting: what is done with leaves the outbox, and the list of broadcasts, after a while."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import post_delete, pre_delete

from joinchat_django.broadcasts.forgetting import forget
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.databases import persistently
from joinchat_django.models import OutboxMessage, TriggerState
from joinchat_django.models.primary import for_update, on_primary

Status = OutboxMessage.Status

#: What is deleted. Queued and sending rows wait for delivery, uncertain ones for a person.
SETTLED = (Status.SENT, Status.FAILED, Status.EXPIRED, Status.CANCELLED)

#: Seconds for which a chunk is tried again while the database is busy or away.
PATIENCE = 60.0


def prune(
    older_than: timedelta,
    *,
    uncertain: bool = False,
    dry_run: bool = False,
    chunk: int = 500,
    progress: Callable[[int], object] = lambda count: None,
) -> int:
    """Delete the rows that were settled longer than ``older_than`` ago, and return how many.

    A row that waits is never deleted, however old; one that ended as uncertain waits for somebody
    to decide about it, and goes only with ``uncertain``. An idempotency key is forgotten with its
    row. Time is the database's. ``dry_run`` counts and deletes nothing.

    Each ``chunk`` of rows, 500 by default, is looked through and deleted in a short transaction of
    its own, so that workers go on and an end half-way loses nothing; a row that somebody else is
    changing is left to the next run. ``progress`` is then told how many were deleted so far. The
    walk follows the primary key and ends at rows that are younger than ``older_than``: what they
    are preceded by is all that can have been settled before.

    Then broadcasts that ended longer than ``older_than`` ago are deleted, and drafts of them that
    nobody has started for a day. They are not counted. What the last error of a trigger said, which
    may quote anything, is forgotten as long after it.
    """
    count = _prune_outbox(older_than, uncertain, dry_run, chunk, progress)
    if not dry_run:
        forget(older_than)
        persistently(partial(_forget_errors, older_than), PATIENCE)
    return count


def _prune_outbox(
    older_than: timedelta,
    uncertain: bool,
    dry_run: bool,
    chunk: int,
    progress: Callable[[int], object],
) -> int:
    rows = on_primary(OutboxMessage).order_by("pk")
    statuses = [*SETTLED, Status.UNCERTAIN] if uncertain else list(SETTLED)
    now = rows.values_list(DatabaseNow(), flat=True).first()
    if now is None:
        return 0
    cut_off = now - older_than
    last, count = 0, 0
    while seen := list(rows.filter(pk__gt=last).values_list("pk", "created_at")[:chunk]):
        if all(created_at >= cut_off for _pk, created_at in seen):
            break
        ripe = rows.filter(
            pk__in=[pk for pk, _created_at in seen], status__in=statuses, settled_at__lt=cut_off
        )
        count += ripe.count() if dry_run else persistently(partial(_delete, ripe), PATIENCE)
        progress(count)
        last = seen[-1][0]
    return count


def _forget_errors(older_than: timedelta) -> int:
    ripe = on_primary(TriggerState).filter(last_failed_at__lt=DatabaseNow() - older_than)
    return ripe.exclude(last_error="").update(last_error="")


def _delete(ripe: QuerySet[OutboxMessage]) -> int:
    """Delete those of some rows that are ripe when nobody else can change them any more."""
    with transaction.atomic(using=ripe.db):
        ripe = for_update(ripe, skip_locked=True)
        return delete_messages(list(ripe.values_list("pk", flat=True)), ripe.db)


def delete_messages(keys: list[int], using: str) -> int:
    """Delete the messages with some keys, at most a page of them, and return how many there were.

    Their logged attempts go with them, so Django reads the rows first: their keys alone, unless
    a signal's receivers are to see more.
    """
    doomed = OutboxMessage.objects.using(using).filter(pk__in=keys)
    if not any(signal.has_listeners(OutboxMessage) for signal in (pre_delete, post_delete)):
        doomed = doomed.only("pk")
    _total, by_model = doomed.delete()
    return by_model.get(OutboxMessage._meta.label, 0)
