"""What delivery has put off behind a row that failed, where nothing is to wait any more."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from django.db.models import QuerySet

from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.due import queued_to
from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import on_primary

from .rows import held_until

#: How much earlier than a row that has to wait delivery lets those behind it be due, at most.
_BEHIND = timedelta(seconds=1)


def bring_followers_back(failing: QuerySet[OutboxMessage]) -> int:
    """Let what waits behind some rows that failed, and are to go no more, be due; tell how many."""
    heads = list(failing.values_list("pk", "bot", "recipient_digest", "send_at"))
    if not heads:
        return 0
    behind = queued_to(
        {bot for _pk, bot, _digest, _due in heads},
        {digest for _pk, _bot, digest, _due in heads},
    ).filter(attempts=0)
    followed = set(behind.values_list("bot", "recipient_digest"))
    return sum(
        behind.filter(
            bot=bot,
            recipient_digest=digest,
            pk__gt=pk,
            send_at__gt=due - _BEHIND,
            send_at__lte=due,
        ).update(send_at=DatabaseNow())
        for pk, bot, digest, due in heads
        if (bot, digest) in followed
    )


def bring_themselves_back(queued: QuerySet[OutboxMessage]) -> int:
    """Let those of some queued rows be due that wait behind another one; tell how many.

    A time that a sender has chosen stays.
    """
    later = queued.filter(attempts=0, send_at__gt=DatabaseNow(), send_at__lt=held_until())
    waiting = list(later.values_list("pk", "bot", "recipient_digest", "send_at"))
    if not waiting:
        return 0
    failing = queued_to(
        {bot for _pk, bot, _digest, _due in waiting},
        {digest for _pk, _bot, digest, _due in waiting},
    ).filter(attempts__gt=0)
    heads: dict[tuple[str, str], list[tuple[int, datetime]]] = defaultdict(list)
    for pk, bot, digest, due in failing.values_list("pk", "bot", "recipient_digest", "send_at"):
        heads[bot, digest].append((pk, due))
    put_off = [
        pk
        for pk, bot, digest, due in waiting
        if any(head < pk and at - _BEHIND < due <= at for head, at in heads[bot, digest])
    ]
    return on_primary(OutboxMessage).filter(pk__in=put_off).update(send_at=DatabaseNow())
