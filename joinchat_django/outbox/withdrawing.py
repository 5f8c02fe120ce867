"""Stopping what is queued for users who are not to get it any more."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.db import connections, router

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.models import MessengerLink, OutboxMessage
from joinchat_django.models.fields import digest
from joinchat_django.models.primary import on_primary

from .batches import batched
from .changing import change_rows
from .recalling import stop
from .rows import PAGE

Status = OutboxMessage.Status

#: Links or users that one query is about. SQLite before 3.32 takes 999 parameters.
TOGETHER = 400

#: What may still be sent by delivery itself: it queues a series of failures again that turn out to
#: be the bot's fault.
_MAY_GO = (Status.QUEUED, Status.SENDING, Status.FAILED)


def withdraw_over(links: Iterable[MessengerLink], reason: str) -> int:
    """Cancel what is queued for the users of some links over just these links; return how many.

    What another user gets over the same uuid stays, and so does what was addressed to the uuid
    itself. It is a :func:`~joinchat_django.outbox.cancel`: one that is being sent is not
    interrupted, and expires if it comes back to the queue. So does one that failed. ``reason`` is
    kept as the error of the rows that are cancelled.
    """
    stopped = 0
    for page in batched(links, TOGETHER):
        wanted = {(link.user_id, link.bot, digest("uuid", link.uuid)) for link in page}
        found = on_primary(OutboxMessage).filter(
            user__in={user for user, _bot, _digest in wanted},
            recipient_digest__in={to for _user, _bot, to in wanted},
            status__in=_MAY_GO,
        )
        rows = found.order_by("pk").values_list("pk", "user", "bot", "recipient_digest")
        stopped += withdraw([pk for pk, *one in rows if tuple(one) in wanted], reason)
    return stopped


def withdraw_from(users: Iterable[Any], reason: str) -> int:
    """Cancel all that is queued for some users, given by their keys; return how many.

    As :func:`withdraw_over` does.
    """
    stopped = 0
    for page in batched(users, TOGETHER):
        rows = on_primary(OutboxMessage).filter(user__in=page, status__in=_MAY_GO).order_by("pk")
        stopped += withdraw(list(rows.values_list("pk", flat=True)), reason)
    return stopped


def withdraw(keys: Iterable[int], reason: str, *, for_good: bool = False) -> int:
    """Cancel those of some rows, given by their keys, that are queued; return how many.

    As :func:`withdraw_over` does. ``for_good``, what has not been sent loses its content, too, so
    that nothing can queue it again; whoever is sending one has it in hand.
    """
    change = partial(_withdraw, reason=reason, for_good=for_good)
    return change_rows(batched(keys, PAGE), change, "cancelled")


def unsent(users: Iterable[Any]) -> list[int]:
    """Return the keys, in order, of the rows of some users that were not sent.

    They are locked for the rest of the transaction, if there is one, in that order.
    """
    found: list[int] = []
    for some in batched(users, TOGETHER):
        rows = on_primary(OutboxMessage).filter(user__in=some).exclude(status=Status.SENT)
        found += rows.order_by().values_list("pk", flat=True)
    found.sort()
    connection = connections[router.db_for_write(OutboxMessage)]
    if connection.in_atomic_block and connection.features.has_select_for_update:
        for page in batched(found, PAGE):
            locked = on_primary(OutboxMessage).filter(pk__in=page).select_for_update()
            list(locked.order_by("pk").values_list("pk"))
    return found


def _withdraw(keys: list[int], reason: str, for_good: bool) -> int:
    stopped = stop(keys, reason)
    rows = on_primary(OutboxMessage).filter(pk__in=keys)
    rows.filter(status=Status.FAILED).update(expires_at=DatabaseNow())
    if for_good:
        rows.exclude(status=Status.SENT).exclude(content="").update(content="")
    return stopped
