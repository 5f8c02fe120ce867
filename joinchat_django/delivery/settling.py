"""Writing down what became of a row, and telling whoever listens."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from joinchat_django.models import OutboxMessage
from joinchat_django.signals import message_failed, message_sent

from . import claims, pauses
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
    if not mine.update(**changes):
        logger.warning("outbox row=%s bot=%s outcome=stale: another worker has it", row.pk, row.bot)
        return False
    for name in ("status", "attempts", "last_error", "last_status", "answer"):
        setattr(row, name, changes[name])
    _log(row)
    if outcome.pause is not None:
        pauses.pause(row.bot, outcome.pause, outcome.error)
    elif outcome.status == Status.SENT and pauses.resume(row.bot):
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
