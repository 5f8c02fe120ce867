"""Which triggers are switched off, on all machines."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator

from django.db import connections, router, transaction

from joinchat_django.models import TriggerState

logger = logging.getLogger("joinchat_django.triggers")

#: For so long a process takes for granted what it has read.
SWITCH_SECONDS = 2.0


class _Known:
    """The names that are off, as they were read at ``read_at`` of the monotonic clock."""

    names: frozenset[str] = frozenset()
    read_at: float | None = None


_known = _Known()


def is_on(name: str) -> bool:
    """Tell whether a trigger may run.

    Another process's switching is seen :data:`SWITCH_SECONDS` later at most; that costs one query
    for all triggers. If it cannot be read, what was known last holds, and on is what they are
    until then.
    """
    # A local name: another thread may forget while this one reads.
    known = _known
    if known.read_at is None or time.monotonic() - known.read_at >= SWITCH_SECONDS:
        try:
            known.names = _read()
        except Exception:
            logger.exception("The switches of triggers cannot be read. They stay as they were.")
        known.read_at = time.monotonic()
    return name not in known.names


def switch(name: str, *, on: bool) -> bool:
    """Let a trigger run or not, on all machines, and tell whether that is new.

    This process knows at once, the others within :data:`SWITCH_SECONDS`.
    """
    using = router.db_for_write(TriggerState)
    states = TriggerState.objects.using(using)
    with transaction.atomic(using=using):
        states.get_or_create(name=name)
        changed = states.filter(name=name, is_active=not on).update(is_active=on)
    forget()
    transaction.on_commit(forget, using=using, robust=True)
    return bool(changed)


def forget() -> None:
    """Have the switches read anew when the next trigger is to run."""
    global _known
    _known = _Known()


def _read() -> frozenset[str]:
    using = router.db_for_write(TriggerState)
    off = TriggerState.objects.using(using).filter(is_active=False)
    with _protected(using):
        return frozenset(off.values_list("name", flat=True))


@contextlib.contextmanager
def _protected(using: str) -> Iterator[None]:
    """Keep the transaction usable in which a trigger fires, should the query fail."""
    if connections[using].in_atomic_block:
        with transaction.atomic(using=using):
            yield
    else:
        yield
