"""Taking rows, so that each has one owner at a time."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db import connections, router, transaction
from django.db.models import F, QuerySet

from joinchat_django import conf
from joinchat_django.conf import DeliverySettings
from joinchat_django.models import OutboxMessage
from joinchat_django.models.primary import on_primary

from .attempts import log_abandoned
from .clock import DatabaseNow
from .due import NothingEarlier, followers, heads, now, unbroken

logger = logging.getLogger("joinchat_django.delivery")

Status = OutboxMessage.Status

#: Rows of dead workers that one transaction frees. SQLite before 3.32 takes 999 parameters.
RECOVERED_TOGETHER = 500


def claim(bot: str, *, limit: int, lease: float, in_a_hurry: bool = False) -> list[OutboxMessage]:
    """Take up to ``limit`` due rows of a bot for ``lease`` seconds, in the order to send them.

    No row is taken while an earlier one of the same recipient is being sent, is due or waits to
    be tried again, unless that one is taken, too; one that is scheduled for later is passed by.
    Each row comes with a claim token; only its holder may settle it. Its ``now`` is the database's
    time of the claim. ``in_a_hurry`` leaves the rows to a worker that want one, for an hour.
    """
    if limit < 1:
        return []
    marks = {
        "status": Status.SENDING,
        "claim_token": uuid.uuid4().hex,
        "lease_until": DatabaseNow() + timedelta(seconds=lease),
    }
    with transaction.atomic(using=router.db_for_write(OutboxMessage)):
        first = _take_heads(heads(bot, in_a_hurry=in_a_hurry)[:limit], bot, marks)
        if not first or len(first) == limit:
            return first
        behind = followers(bot, first, in_a_hurry=in_a_hurry)
        return first + _take_followers(behind[: limit - len(first)], marks)


def give_back(claimed: Iterable[OutboxMessage]) -> None:
    """Let go of claimed rows that were not begun; they are due again at once."""
    by_token = attrgetter("claim_token")
    for token, group in groupby(sorted(claimed, key=by_token), key=by_token):
        mine = on_primary(OutboxMessage).filter(pk__in=[row.pk for row in group], claim_token=token)
        mine.update(status=Status.QUEUED, claim_token="", lease_until=None)


def is_anybody_at_work() -> bool:
    """Tell whether somebody holds rows, and so will look for due ones once more."""
    held = on_primary(OutboxMessage).filter(bot__in=conf.bots(), status=Status.SENDING)
    return held.filter(lease_until__gt=DatabaseNow()).exists()


def recover(bot: str, settings: DeliverySettings) -> int:
    """Free the rows that a bot's dead workers held, and return how many were seen.

    Such a row may have been delivered, and its attempt counts and is logged. It is queued again if
    the settings want that and attempts are left, else it ends as uncertain. Many rows are freed in
    several transactions.
    """
    held = on_primary(OutboxMessage).filter(bot=bot, status=Status.SENDING)
    abandoned = held.filter(lease_until__lte=DatabaseNow())
    seen = 0
    # In no order: SQLite would rather go through the whole table in its own than sort a few.
    while keys := list(abandoned.values_list("pk", flat=True)[:RECOVERED_TOGETHER]):
        seen += len(keys)
        with transaction.atomic(using=abandoned.db):
            if not _free(bot, abandoned.filter(pk__in=keys), settings):
                break  # Somebody else is at it.
    return seen


def _free(bot: str, abandoned: QuerySet[OutboxMessage], settings: DeliverySettings) -> bool:
    """Free some rows, and tell whether there were any left to free."""
    # Marked first: of two that recover at once, each goes on with what it has marked.
    token = uuid.uuid4().hex
    marks = {"claim_token": token, "lease_until": None, "attempts": F("attempts") + 1}
    if not abandoned.update(**marks):
        return False
    held = on_primary(OutboxMessage).filter(bot=bot, status=Status.SENDING, claim_token=token)
    numbers = list(held.order_by("pk").values_list("pk", "attempts"))
    most = settings.max_attempts - 1 if settings.retry_uncertain else 0
    again = [(pk, number) for pk, number in numbers if number <= most]
    ended = [(pk, number) for pk, number in numbers if number > most]
    error = "The worker that was sending this message died. It may have been delivered."
    freed = {"claim_token": "", "last_error": error}
    for found, outcome, more in (
        (again, Status.QUEUED, {}),
        (ended, Status.UNCERTAIN, {"settled_at": DatabaseNow()}),
    ):
        if found:
            mine = on_primary(OutboxMessage).filter(pk__in=[pk for pk, _number in found])
            mine.update(status=outcome, **freed, **more)
            log_abandoned(found, outcome, error)
            logger.warning(
                "bot=%s outcome=%s rows=%s of dead workers", bot, str(outcome), len(found)
            )
    return True


def _take_heads(
    due: QuerySet[OutboxMessage], bot: str, marks: dict[str, Any]
) -> list[OutboxMessage]:
    vendor = connections[due.db].vendor
    if vendor != "sqlite":
        locked = list(_locked(due))
        if vendor == "mysql":
            locked = _still_first(locked)
        return _mark(locked, marks)
    # SQLite has one writer at a time: what begins with a write owns the file from then on. By key
    # alone: without statistics it would look through all that is queued for the keys.
    rows = on_primary(OutboxMessage)
    if not rows.filter(pk__in=due.values("pk")).update(**marks):
        return []
    mine = rows.filter(bot=bot, status=Status.SENDING, claim_token=marks["claim_token"])
    return list(mine.annotate(now=now()).order_by("send_at", "pk"))


def _still_first(locked: list[OutboxMessage]) -> list[OutboxMessage]:
    """Leave out what was committed during the claim behind another row of its recipient.

    MariaDB and MySQL lock the newest rows, and look for earlier ones among those of a moment
    before.
    """
    if not locked:
        return []
    first = on_primary(OutboxMessage).filter(NothingEarlier(), pk__in=[row.pk for row in locked])
    keys = set(first.values_list("pk", flat=True))
    return [row for row in locked if row.pk in keys]


def _take_followers(behind: list[tuple[int, str]], marks: dict[str, Any]) -> list[OutboxMessage]:
    if not behind:
        return []
    wanted = [pk for pk, _digest in behind]
    free = on_primary(OutboxMessage).filter(pk__in=wanted, status=Status.QUEUED)
    found = {row.pk: row for row in _locked(free)}
    # A row that somebody else has locked is skipped, and may not be overtaken either.
    reachable = unbroken((pk, digest, pk in found) for pk, digest in behind)
    return _mark([found[pk] for pk, _digest in reachable], marks)


def _locked(wanted: QuerySet[OutboxMessage]) -> QuerySet[OutboxMessage]:
    """Lock rows that nobody else has locked, where the database locks rows."""
    features = connections[wanted.db].features
    wanted = wanted.annotate(now=now())
    if not features.has_select_for_update:
        return wanted
    of = ("self",) if features.has_select_for_update_of else ()
    return wanted.select_for_update(skip_locked=features.has_select_for_update_skip_locked, of=of)


def _mark(taken: list[OutboxMessage], marks: dict[str, Any]) -> list[OutboxMessage]:
    if taken:
        on_primary(OutboxMessage).filter(pk__in=[row.pk for row in taken]).update(**marks)
    for row in taken:
        row.status, row.claim_token = marks["status"], marks["claim_token"]
    return taken
