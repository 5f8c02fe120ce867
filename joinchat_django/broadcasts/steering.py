"""Starting, pausing, resuming and cancelling a broadcast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db import connections, transaction

from joinchat_django import outbox
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.databases import persistently
from joinchat_django.models import Broadcast
from joinchat_django.outbox.waking import wake

from .content import check_content
from .fan_out import failed_rows
from .locking import broadcasts, locked

Status = Broadcast.Status
Changed = TypeVar("Changed")

#: Seconds for which a change is tried again that lost a deadlock or its connection.
PATIENCE = 5.0

_CONTENT = (
    "title", "bot", "template_id", "language", "body", "variants", "tag", "is_promotional", "delay",
)  # fmt: skip


def start(broadcast: Broadcast, *, by: Any) -> None:
    """Begin to send a draft, with the message that it has in hand, whether saved or not.

    ``by`` is who asks for it, None for whoever drafted it. Whoever else starts it at the same
    moment changes nothing, and neither does one who comes later. Delivery is woken after the
    commit. The object shows what is in the database then.

    Raises ``InvalidMessage`` for a message, tag or delay that breaks the contract, with all
    problems, and ``UnknownBot``. It stays a draft then.
    """
    check_content(broadcast)
    values = {name: getattr(broadcast, name) for name in _CONTENT}
    if by is not None:
        values["requested_by"] = by
    with transaction.atomic(using=broadcasts().db):
        broadcasts().filter(pk=broadcast.pk, status=Status.DRAFT).update(
            **values, status=Status.RUNNING, started_at=DatabaseNow()
        )
        wake()
    broadcast.refresh_from_db(using=broadcasts().db)


def pause(broadcast: Broadcast) -> bool:
    """Send nothing more of a running broadcast until :func:`resume`; tell whether it was running.

    What workers have in hand at that moment is finished. Its other messages are held, and hold up
    nobody's.
    """

    def change(row: Broadcast) -> bool:
        if row.status != Status.RUNNING:
            return False
        _set(row, status=Status.PAUSED, reason="")
        outbox.hold(group=row.group)
        return True

    return bool(_changed(broadcast, change))


def resume(broadcast: Broadcast) -> bool:
    """Go on with a paused broadcast where it stopped, and tell whether it was paused."""

    def change(row: Broadcast) -> bool:
        if row.status != Status.PAUSED:
            return False
        _set(row, status=Status.RUNNING, reason="")
        outbox.release(group=row.group)
        wake()
        return True

    return bool(_changed(broadcast, change))


def cancel(broadcast: Broadcast) -> bool:
    """End a running or paused broadcast for good, and tell whether it was one.

    What is not sent stays unsent; what workers have in hand at that moment is finished.
    """

    def change(row: Broadcast) -> bool:
        if row.status not in (Status.RUNNING, Status.PAUSED):
            return False
        _set(row, status=Status.CANCELLED, reason="", finished_at=DatabaseNow(), retry_before=None)
        # First: whoever queues one of them again later does not want it held.
        outbox.release(group=row.group)
        outbox.cancel(group=row.group)
        return True

    return bool(_changed(broadcast, change))


def retry_failed(broadcast: Broadcast) -> int:
    """Try again what has failed or expired, and return how many messages that are.

    They are queued little by little, as the others are. A finished broadcast is running again until
    they are done, a paused one goes on with them once it is resumed, and a cancelled one stays as
    it is.
    """

    def change(row: Broadcast) -> int:
        if row.status not in (Status.RUNNING, Status.PAUSED, Status.FINISHED):
            return 0
        found = failed_rows(row).count()
        if found:
            status = Status.RUNNING if row.status == Status.FINISHED else row.status
            _set(row, status=status, finished_at=None, retry_before=DatabaseNow())
            wake()
        return found

    return _changed(broadcast, change) or 0


def _set(row: Broadcast, **values: Any) -> None:
    broadcasts().filter(pk=row.pk).update(**values)


def _changed(broadcast: Broadcast, change: Callable[[Broadcast], Changed]) -> Changed | None:
    """Change a broadcast and its messages while nobody else does; None if it is gone."""
    connection = connections[broadcasts().db]

    def attempt() -> Changed | None:
        with transaction.atomic(using=connection.alias):
            row = locked(broadcast.pk)
            return None if row is None else change(row)

    changed = attempt() if connection.in_atomic_block else persistently(attempt, PATIENCE)
    # Not the rest: a draft in hand may have a message that is not saved.
    shown = ["status", "reason", "finished_at"]
    broadcast.refresh_from_db(using=connection.alias, fields=shown)
    return changed
