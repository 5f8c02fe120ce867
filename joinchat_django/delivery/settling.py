"""Writing down what became of a row, and telling whoever listens."""

from __future__ import annotations

import logging
import math
from datetime import timedelta
from typing import Any

from django.db import transaction

from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.signals import bot_paused, message_failed, message_sent

from . import claims, pauses, rejections
from .announcing import announce
from .clock import DatabaseNow
from .outcomes import Outcome

logger = logging.getLogger("joinchat_django.delivery")

Status = OutboxMessage.Status


def settle(row: OutboxMessage, outcome: Outcome, *, cut_short: bool = False) -> bool:
    """Write an outcome into a claimed row, and tell whether the claim was still ours.

    ``cut_short`` tells that the call had less time than its bot allows. If it ended in doubt, the
    row is left to a worker, who has that time. A stale settle changes nothing and is logged.
    ``message_sent`` and ``message_failed`` go out afterwards; a receiver that raises is logged.
    """
    changes: dict[str, Any] = {
        "status": outcome.status,
        "attempts": row.attempts + outcome.attempted,
        "last_error": outcome.error,
        "last_status": outcome.http_status,
        "answer": outcome.answer,
        "for_worker": cut_short and outcome.in_doubt,
        "claim_token": "",
        "lease_until": None,
    }
    if outcome.status == Status.QUEUED:
        changes["send_at"] = DatabaseNow() + timedelta(seconds=outcome.wait)
    else:
        changes["settled_at"] = DatabaseNow()
    mine = claims.rows().filter(pk=row.pk, claim_token=row.claim_token)
    # One transaction, so that a settle that fails half-way can be tried again whole.
    with transaction.atomic(using=mine.db):
        if not mine.update(**changes):
            logger.warning("outbox row=%s bot=%s outcome=stale", row.pk, row.bot)
            return False
        is_newly_paused, is_resumed = False, False
        if outcome.is_rejection and rejections.note(row, outcome.error):
            changes.update(status=Status.QUEUED, attempts=row.attempts)
            is_newly_paused = pauses.pause(row.bot, math.inf, outcome.error)
        elif outcome.pause is not None:
            is_newly_paused = pauses.pause(row.bot, outcome.pause, outcome.error)
        elif outcome.status == Status.SENT:
            is_resumed = pauses.accepted(row.bot)
    for name in ("status", "attempts", "last_error", "last_status", "answer"):
        setattr(row, name, changes[name])
    _log(row)
    if is_newly_paused:
        logger.warning("bot=%s outcome=paused", row.bot)
        announce(bot_paused, BotState, bot=row.bot, reason=outcome.error)
    if is_resumed:
        logger.info("bot=%s outcome=resumed", row.bot)
    _announce(row)
    return True


def _log(row: OutboxMessage) -> None:
    """Write one line for an outcome, without content and recipient."""
    logger.log(
        logging.INFO if row.status == Status.SENT else logging.WARNING,
        "outbox row=%s bot=%s outcome=%s attempts=%s http_status=%s",
        row.pk,
        row.bot,
        row.status,
        row.attempts,
        row.last_status,
    )


def _announce(row: OutboxMessage) -> None:
    signal = {Status.SENT: message_sent, Status.FAILED: message_failed}.get(Status(row.status))
    if signal:
        announce(signal, OutboxMessage, message=row)
