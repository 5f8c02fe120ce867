"""The fan-out: a running broadcast's next members go into the outbox when there is room."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, router, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from joinchat_django import conf, outbox
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.databases import AWAY, persistently
from joinchat_django.delivery.outcomes import storable
from joinchat_django.models import Broadcast, BroadcastChunk, OutboxMessage
from joinchat_django.models.primary import on_primary
from joinchat_django.outbox.mailing import Mailing
from joinchat_django.outbox.results import ERRORS_KEPT, BulkResult
from joinchat_django.outbox.rows import held_until

from .audiences import Audience, audience_named
from .drafting import CHUNK
from .locking import locked
from .members import as_json, keys_of

logger = logging.getLogger("joinchat_django.broadcasts")

Status = Broadcast.Status

#: Messages that a broadcast has on their way at once, at most: what is queued meanwhile does not
#: wait behind more than these, and a pause has no more than these to hold.
WINDOW = 1_000

#: Seconds for which a chunk is tried again while the database is busy or away.
PATIENCE = 2.0

#: Characters that are kept of why a broadcast was paused.
REASON_LENGTH = 1_000

_OPEN = (OutboxMessage.Status.QUEUED, OutboxMessage.Status.SENDING)

#: Seconds that one step spends on making messages: calls are not settled, and nobody can pause the
#: broadcast, while it lasts.
STEP_SECONDS = 0.3

#: Seconds that a broadcast rests after a database error, and after which it is paused if it had
#: nothing else.
REST = 5.0
LONGEST_TROUBLE = 60.0

#: By broadcast: since when this process meets nothing but database errors, until when it rests.
_troubles: dict[int, tuple[float, float]] = {}


def feed(bots: Collection[str], end: float | None) -> bool:
    """Queue some members of each running broadcast of some bots that has room for them.

    A source of delivery, see :mod:`joinchat_django.delivery.sources`. It also ends broadcasts that
    are through, and holds what has come back to the queue of a paused one.
    """
    live = on_primary(Broadcast).filter(status__in=(Status.RUNNING, Status.PAUSED)).order_by("pk")
    has_changed = False
    for pk, status, bot in list(live.values_list("pk", "status", "bot")):
        if end is not None and time.monotonic() >= end:
            break
        if status == Status.PAUSED:
            _hold_again(pk)
        elif bot in bots or _is_removed(bot):
            has_changed |= _go_on(pk, end)
    return has_changed


def _is_removed(bot: str) -> bool:
    try:
        conf.bot(bot)
    except conf.UnknownBot:
        return True
    except ImproperlyConfigured:
        pass  # It is there, and somebody will mend it.
    return False


def _go_on(pk: int, end: float | None) -> bool:
    """Do a broadcast's next step, and tell whether there was one."""
    now = time.monotonic()
    since, resting_until = _troubles.get(pk, (now, -math.inf))
    if now < resting_until:
        return False
    wanted = "chunks", "chunks_queued", "retry_before"
    found: Any = on_primary(Broadcast).filter(pk=pk).values_list(*wanted).first()
    if not found:
        return False
    chunks, chunks_queued, retry_before = found
    is_through = chunks_queued >= chunks and retry_before is None
    if _open_rows(pk) > (0 if is_through else WINDOW - CHUNK):
        return False
    try:
        patience = PATIENCE if end is None else end - now
        has_changed = persistently(lambda: _step(pk), 0.0 if pk in _troubles else patience)
    except AWAY as error:
        # Away, busy, or a fault of what the site's own functions ask for: the other broadcasts and
        # delivery itself find out which.
        if time.monotonic() - since > LONGEST_TROUBLE:
            _troubles.pop(pk, None)
            return _pause(pk, error)
        logger.warning("broadcast=%s outcome=waits: %s", pk, error)
        _troubles[pk] = since, time.monotonic() + REST
        return False
    except Exception as error:
        logger.exception("broadcast=%s outcome=paused", pk)
        return _pause(pk, error)
    _troubles.pop(pk, None)
    return has_changed


def _step(pk: int) -> bool:
    try:
        return _locked_step(pk)
    except IntegrityError:
        # Somebody whom its rows refer to went at this very moment: they are made anew.
        return _locked_step(pk)


def _locked_step(pk: int) -> bool:
    with transaction.atomic(using=router.db_for_write(Broadcast)):
        broadcast = locked(pk, skip_locked=True)
        if broadcast is None or broadcast.status != Status.RUNNING:
            return False
        # Another worker may have filled the room that there was.
        open_rows = _open_rows(pk)
        if broadcast.chunks_queued < broadcast.chunks:
            return open_rows <= WINDOW - CHUNK and _queue_members(broadcast)
        if broadcast.retry_before is not None:
            return open_rows <= WINDOW - CHUNK and _retry(broadcast)
        if not open_rows:
            _write(broadcast, status=Status.FINISHED, finished_at=DatabaseNow())
            logger.info("broadcast=%s outcome=finished", pk)
        return False


def _queue_members(broadcast: Broadcast) -> bool:
    number, done = broadcast.chunks_queued, broadcast.members_done
    chunk = on_primary(BroadcastChunk).get(broadcast=broadcast, number=number)
    audience = audience_named(broadcast.model)
    keys = keys_of(audience, chunk)[done:]
    people = audience.addressees(audience.rows(keys), broadcast.bot)
    result, seen = mailing_of(broadcast, audience).queue(people, STEP_SECONDS)
    if seen < len(people):
        # Up to the first whose turn did not come.
        keys = keys[: keys.index(people[seen].member)]
    done += len(keys)
    is_whole = done >= len(chunk.members)
    _write(
        broadcast,
        chunks_queued=number + is_whole,
        members_done=0 if is_whole else done,
        queued=broadcast.queued + result.queued,
        not_linked=broadcast.not_linked + result.not_linked + len(keys) - result.total,
        failed=broadcast.failed + result.failed,
        repeated=broadcast.repeated + result.repeated + result.already_queued,
        errors=_errors(broadcast, result),
    )
    return True


def failed_rows(broadcast: Broadcast) -> QuerySet[OutboxMessage]:
    """Return a broadcast's messages that have failed or expired."""
    ended = (OutboxMessage.Status.FAILED, OutboxMessage.Status.EXPIRED)
    return on_primary(OutboxMessage).filter(group=broadcast.group, status__in=ended)


def _retry(broadcast: Broadcast) -> bool:
    """Queue some of what has failed again; what fails anew is not tried once more."""
    before = failed_rows(broadcast).exclude(settled_at__gte=broadcast.retry_before)
    some = list(before.exclude(content="").order_by("pk").only("pk")[:CHUNK])
    if not some:
        _write(broadcast, retry_before=None)
    return bool(outbox.retry(some)) or not some


def mailing_of(broadcast: Broadcast, audience: Audience) -> Mailing:
    """Return what makes the broadcast's messages. Raises ``InvalidMessage``, ``UnknownBot``."""
    conf.bot(broadcast.bot)
    return Mailing(
        broadcast.message,
        bot=broadcast.bot,
        group=broadcast.group,
        template_id=broadcast.template_id,
        requested_by_id=broadcast.requested_by_id,
        by_recipient=audience.is_of_recipients,
    )


def _errors(broadcast: Broadcast, result: BulkResult) -> list[Any]:
    new = [[as_json(key), error] for key, error in result.errors]
    return [*broadcast.errors, *new][:ERRORS_KEPT]


def _open_rows(pk: int) -> int:
    return on_primary(OutboxMessage).filter(group=Broadcast(pk=pk).group, status__in=_OPEN).count()


def _write(broadcast: Broadcast, **values: Any) -> None:
    on_primary(Broadcast).filter(pk=broadcast.pk).update(**values)


def _pause(pk: int, error: Exception) -> bool:
    """Pause a broadcast that cannot go on by itself, and say what to do."""
    with transaction.atomic(using=router.db_for_write(Broadcast)):
        broadcast = locked(pk)
        if broadcast is None or broadcast.status != Status.RUNNING:
            return False
        _write(broadcast, status=Status.PAUSED, reason=_reason(error))
        outbox.hold(group=broadcast.group)
    return True


def _reason(error: Exception) -> str:
    advice = _("Mend this, then resume the broadcast: it goes on where it stopped.")
    return storable(f"{type(error).__name__}: {error} {advice}")[:REASON_LENGTH]


def _hold_again(pk: int) -> None:
    """Hold messages of a paused broadcast that were being sent when it was paused."""
    rows = on_primary(OutboxMessage)
    queued = rows.filter(group=Broadcast(pk=pk).group, status=OutboxMessage.Status.QUEUED)
    if queued.filter(send_at__lt=held_until()).exists():
        with transaction.atomic(using=router.db_for_write(Broadcast)):
            broadcast = locked(pk, skip_locked=True)
            if broadcast is not None and broadcast.status == Status.PAUSED:
                outbox.hold(group=broadcast.group)
