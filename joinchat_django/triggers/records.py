"""Writing down how triggers fare, for all machines to add up.

Counts gather in the process. They are written after the commit of what fired the trigger, never
within its transaction: the row of a busy trigger would be locked for as long. What is left when a
burst ends is written with the next signal or when the next request begins; a process that ends
before loses it.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.core.signals import request_started
from django.db import connections, router, transaction
from django.db.models import Case, DateTimeField, F, Value, When
from django.utils import timezone

from joinchat_django.models import TriggerState

logger = logging.getLogger("joinchat_django.triggers")

#: A process writes each trigger's counts no more often than this, and failures than that.
RECORD_SECONDS = 5.0
FAILURE_SECONDS = 1.0

#: Characters that are kept of an error.
ERROR_LENGTH = 1000


@dataclass
class _Tally:
    """What has not been written of one trigger."""

    fired: int = 0
    skipped: int = 0
    failed: int = 0
    last_fired_at: datetime | None = None
    last_failed_at: datetime | None = None
    last_error: str = ""

    def add(self, later: _Tally) -> None:
        self.fired += later.fired
        self.skipped += later.skipped
        self.failed += later.failed
        self.last_fired_at = later.last_fired_at or self.last_fired_at
        if later.last_failed_at:
            self.last_failed_at, self.last_error = later.last_failed_at, later.last_error


_lock = threading.Lock()
_unwritten: dict[str, _Tally] = {}
#: When each trigger's counts were last on their way to the database, by the monotonic clock.
_written_at: dict[str, float] = {}


def note(name: str, *, skipped: int = 0, failure: Exception | None = None) -> None:
    """Count a trigger's run. Whatever goes wrong with that is logged and reaches nobody."""
    try:
        now = timezone.now()
        tally = _Tally(fired=1, skipped=skipped, last_fired_at=now)
        if failure:
            tally.failed, tally.last_failed_at, tally.last_error = 1, now, _text_of(failure)
        with _lock:
            _unwritten.setdefault(name, _Tally()).add(tally)
            is_time = _take_turn(name)
        if is_time:
            using = router.db_for_write(TriggerState)
            transaction.on_commit(partial(_write, name, using), using=using, robust=True)
    except Exception:
        logger.exception("How the trigger %s fares cannot be recorded.", name)


def write_rest(**kwargs: Any) -> None:
    """Write what has waited long enough, unless a transaction is open."""
    if not _unwritten:
        return
    using = router.db_for_write(TriggerState)
    if connections[using].in_atomic_block:
        return
    with _lock:
        names = [name for name in _unwritten if _take_turn(name)]
    for name in names:
        _write(name, using)


request_started.connect(write_rest, dispatch_uid="joinchat_django.triggers.records")


def forget() -> None:
    """Forget what was not written."""
    with _lock:
        _unwritten.clear()
        _written_at.clear()


def _take_turn(name: str) -> bool:
    """Tell whether a trigger's counts are to be written now; nobody else is told so for a while."""
    now = time.monotonic()
    pause = FAILURE_SECONDS if _unwritten[name].failed else RECORD_SECONDS
    if name in _written_at and now - _written_at[name] < pause:
        return False
    _written_at[name] = now
    return True


def _write(name: str, using: str) -> None:
    with _lock:
        tally = _unwritten.pop(name, None)
    if tally is None:
        return
    try:
        states = TriggerState.objects.using(using)
        with transaction.atomic(using=using):
            if not states.filter(name=name).update(**_changes(tally)):
                states.get_or_create(name=name)
                states.filter(name=name).update(**_changes(tally))
    except Exception:
        logger.exception("How the trigger %s fares cannot be written down for now.", name)
        # A database may refuse the text for its characters: the counts are worth more.
        tally.last_error = ""
        with _lock:
            tally.add(_unwritten.get(name, _Tally()))
            _unwritten[name] = tally


def _changes(tally: _Tally) -> dict[str, Any]:
    """Return the columns to update; another process may have written a later time."""
    changes: dict[str, Any] = {
        "fired": F("fired") + tally.fired,
        "skipped": F("skipped") + tally.skipped,
        "failed": F("failed") + tally.failed,
        "last_fired_at": Case(
            When(last_fired_at__gt=tally.last_fired_at, then=F("last_fired_at")),
            default=Value(tally.last_fired_at, output_field=DateTimeField()),
        ),
    }
    if tally.last_failed_at:
        changes |= {"last_failed_at": tally.last_failed_at, "last_error": tally.last_error}
    return changes


def _text_of(error: Exception) -> str:
    """Return an error in words that any database can store."""
    text = f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
    return "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text
    )
