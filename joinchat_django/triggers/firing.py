"""What happens when a signal is sent that a trigger waits for."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import connections, router, transaction

from joinchat_django import outbox
from joinchat_django.models import OutboxMessage

from . import records, switches
from .sends import Send, as_list

if TYPE_CHECKING:
    from .listening import Listening

logger = logging.getLogger("joinchat_django.triggers")

_raise_errors: ContextVar[bool] = ContextVar("joinchat_raise_trigger_errors", default=False)


@dataclass
class Trigger:
    """A function that waits for signals, and how it has fared in this process.

    ``fired`` counts calls, ``skipped`` messages to users without a link, ``failed`` errors.
    """

    name: str
    function: Callable[..., Any]
    fired: int = 0
    skipped: int = 0
    failed: int = 0
    listens_to: list[Listening] = field(default_factory=list)

    def receive(self, sender: Any, **kwargs: Any) -> None:
        """Run for one signal, unless switched off.

        An error is logged and counted and never reaches the sender, and nothing is queued then.
        """
        if not switches.is_on(self.name):
            logger.debug("The trigger %s is switched off.", self.name)
            return
        self.fired += 1
        skipped = 0
        failure: Exception | None = None
        try:
            with _protected():
                wanted = as_list(self.function(sender=sender, **kwargs))
                with _all_or_none(len(wanted)):
                    for one in wanted:
                        skipped += not self._send(one)
        except Exception as error:
            self.failed += 1
            failure = error
            if _raise_errors.get():
                raise
            logger.exception("The trigger %s failed. What fired it goes on.", self.name)
        finally:
            records.note(self.name, skipped=skipped, failure=failure)

    def _send(self, wanted: Send) -> bool:
        """Queue a message, and tell whether there was anybody to send it to."""
        try:
            outbox.send(wanted.to, wanted.message, **wanted.options, trigger=self.name)
        except outbox.NotLinked:
            self.skipped += 1
            logger.info("The trigger %s skipped a user who has no link.", self.name)
            return False
        return True


@contextlib.contextmanager
def raise_errors() -> Iterator[None]:
    """Let errors of triggers through while the block runs, so that a test sees them.

    A signal that is sent robustly, such as ``user_linked``, keeps them all the same: look at
    ``registry[name].failed``.
    """
    token = _raise_errors.set(True)
    try:
        yield
    finally:
        _raise_errors.reset(token)


@contextlib.contextmanager
def _protected() -> Iterator[None]:
    """Keep the caller's transactions usable, in whatever database, if the trigger fails inside."""
    with contextlib.ExitStack() as stack:
        for connection in connections.all(initialized_only=True):
            if connection.in_atomic_block:
                stack.enter_context(transaction.atomic(using=connection.alias))
        yield


def _all_or_none(number: int) -> contextlib.AbstractContextManager[None]:
    """Put the queueing of several messages into one transaction: the caller's, if there is one.

    A single message needs none; on SQLite, one that reads first may find that it cannot write.
    """
    if number < 2:
        return contextlib.nullcontext()
    return transaction.atomic(using=router.db_for_write(OutboxMessage), savepoint=False)
