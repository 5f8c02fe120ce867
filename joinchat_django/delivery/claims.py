"""Taking rows, so that each has one owner at a time."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import connections, router, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from joinchat_django.conf import DeliverySettings
from joinchat_django.models import OutboxMessage

from .clock import DatabaseNow

Status = OutboxMessage.Status

#: How long a row that wants a worker waits for one before a request takes it.
LEFT_TO_WORKERS = timedelta(hours=1)


def rows() -> QuerySet[OutboxMessage]:
    """Return the outbox on the database that it is written to."""
    return OutboxMessage.objects.using(router.db_for_write(OutboxMessage))


def claim(bot: str, *, limit: int, lease: float, in_a_hurry: bool = False) -> list[OutboxMessage]:
    """Take up to ``limit`` due rows of a bot for ``lease`` seconds, in the order to send them.

    No row is taken while an earlier one of the same recipient is being sent, is due or waits to
    be tried again; one that is scheduled for later is passed by. Each row comes with a claim
    token; only its holder may settle it. ``is_late`` tells of a row whose ``expires_at`` has
    passed. ``in_a_hurry`` leaves the rows to a worker that want one, for an hour.
    """
    if limit < 1:
        return []
    token = uuid.uuid4().hex
    marks = {
        "status": Status.SENDING,
        "claim_token": token,
        "lease_until": DatabaseNow() + timedelta(seconds=lease),
    }
    due = _due(bot)
    if in_a_hurry:
        due = due.filter(Q(for_worker=False) | Q(send_at__lte=DatabaseNow() - LEFT_TO_WORKERS))
    due = due[:limit]
    features = connections[due.db].features
    if features.has_select_for_update_skip_locked:
        with transaction.atomic(using=due.db):
            of = ("self",) if features.has_select_for_update_of else ()
            locked = due.select_for_update(skip_locked=True, of=of)
            taken = list(locked.values_list("pk", flat=True))
            if not taken:
                return []
            rows().filter(pk__in=taken).update(**marks)
    elif not rows().filter(pk__in=due.values("pk"), status=Status.QUEUED).update(**marks):
        return []
    mine = rows().filter(bot=bot, status=Status.SENDING, claim_token=token)
    late = ExpressionWrapper(Q(expires_at__lte=DatabaseNow()), output_field=BooleanField())
    return list(mine.annotate(is_late=late).order_by("send_at", "pk"))


def give_back(claimed: list[OutboxMessage]) -> None:
    """Let go of claimed rows that were not begun; they are due again at once."""
    for row in claimed:
        rows().filter(pk=row.pk, claim_token=row.claim_token).update(
            status=Status.QUEUED, claim_token="", lease_until=None
        )


def recover(bot: str, settings: DeliverySettings) -> None:
    """Free the rows that a bot's dead workers held.

    Such a row may have been delivered, and its attempt counts. It is queued again if the settings
    want that and attempts are left, else it ends as uncertain.
    """
    abandoned = rows().filter(bot=bot, status=Status.SENDING, lease_until__lte=DatabaseNow())
    if not abandoned.exists():
        return
    free = {"claim_token": "", "lease_until": None, "attempts": F("attempts") + 1}
    error = "The worker that was sending this message died. It may have been delivered."
    if settings.retry_uncertain:
        again = abandoned.filter(attempts__lt=settings.max_attempts - 1)
        again.update(status=Status.QUEUED, last_error=error, **free)
        abandoned = abandoned.filter(attempts__gte=settings.max_attempts - 1)
    abandoned.update(status=Status.UNCERTAIN, settled_at=DatabaseNow(), last_error=error, **free)


def _due(bot: str) -> QuerySet[OutboxMessage]:
    waits = Q(status=Status.SENDING) | Q(status=Status.QUEUED) & (
        Q(send_at__lte=DatabaseNow()) | Q(attempts__gt=0)
    )
    earlier = rows().filter(
        waits,
        bot=OuterRef("bot"),
        recipient_digest=OuterRef("recipient_digest"),
        pk__lt=OuterRef("pk"),
    )
    return (
        rows()
        .filter(~Exists(earlier), bot=bot, status=Status.QUEUED, send_at__lte=DatabaseNow())
        .order_by("send_at", "pk")
    )
