"""Writing down what became of rows, and telling whoever listens."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Case, TextField, Value, When
from django.dispatch import Signal

from joinchat_django import conf
from joinchat_django.models import OutboxMessage
from joinchat_django.signals import message_failed, message_sent

from .announcing import Announcement
from .attempts import log_settled
from .clock import DatabaseNow
from .databases import AWAY
from .due import rows
from .outcomes import Settlement
from .verdicts import verdicts_on_bots

logger = logging.getLogger("joinchat_django.delivery")

Status = OutboxMessage.Status


@dataclass
class Settled:
    """What has been written down, and the signals that tell of it and are yet to be sent."""

    settlements: list[Settlement] = field(default_factory=list)
    announcements: list[Announcement] = field(default_factory=list)


class _Stale(Exception):
    """Some rows of a group are no longer ours."""


def settle(group: Sequence[Settlement]) -> Settled:
    """Write outcomes into claimed rows, and return those whose claim was still ours.

    A group, in the order in which the calls ended, is one transaction, which can be tried again
    as a whole; it also keeps a ``DeliveryAttempt`` of each call that did not deliver. A stale
    settle changes nothing and is logged. An answer that the database cannot store is left out. The
    rows in hand show what was written, and keep their content for the receivers of the signals.
    """
    if not group:
        return Settled()
    try:
        return _settle(group)
    except _Stale:
        pass
    except DatabaseError as error:
        if isinstance(error, AWAY) and not _is_unstorable(error):
            raise
        logger.warning("What some calls have come to cannot be stored: %s", error)
    # Rare: find out which row it is.
    all_of_them = Settled()
    for one in group:
        settled = _settle_alone(one)
        all_of_them.settlements += settled.settlements
        all_of_them.announcements += settled.announcements
    return all_of_them


def _settle_alone(one: Settlement) -> Settled:
    try:
        return _settle([one])
    except _Stale:
        logger.warning("outbox row=%s bot=%s outcome=stale", one.row.pk, one.row.bot)
        return Settled()
    except DatabaseError as error:
        if isinstance(error, AWAY) and not _is_unstorable(error):
            raise
    words = one.outcome.error.encode("ascii", "replace").decode()
    return _settle([replace(one, outcome=replace(one.outcome, error=words, answer=""))])


def _is_unstorable(error: Exception) -> bool:
    """Tell whether a text has characters that a column cannot hold, which some drivers of MariaDB
    report like a database that is away.
    """
    return bool(error.args) and error.args[0] in (1366, 3988)


def _settle(group: Sequence[Settlement]) -> Settled:
    with transaction.atomic(using=rows().db):
        _postpone_followers(group)
        for alike in _alike(group):
            _write(alike)
        log_settled(group)
        verdicts = list(verdicts_on_bots(group))
    for settlement in group:
        _show(settlement)
    announcements = [one for verdict in verdicts for one in verdict.take_effect()]
    heard = _heard()
    for settlement in group:
        row = settlement.row
        _log(row)
        if signal := heard.get(row.status):
            announcements.append(Announcement(signal, OutboxMessage, {"message": row}))
    return Settled(list(group), announcements)


def _alike(group: Sequence[Settlement]) -> Iterator[list[Settlement]]:
    """Yield the settlements that one statement can write."""
    found: dict[Any, list[Settlement]] = defaultdict(list)
    for settlement in group:
        row, outcome = settlement.row, settlement.outcome
        key = (
            row.claim_token,
            row.attempts,
            outcome.attempted,
            outcome.status,
            outcome.error,
            outcome.http_status,
            settlement.is_left_to_worker,
        )
        found[key].append(settlement)
    yield from found.values()


def _write(alike: list[Settlement]) -> None:
    """Write down settlements that differ in nothing but their answers and waits."""
    first = alike[0]
    outcome = first.outcome
    changes: dict[str, Any] = {
        "status": outcome.status,
        "attempts": first.attempts,
        "last_error": outcome.error,
        "last_status": outcome.http_status,
        "answer": _each(alike, lambda one: Value(one.outcome.answer, TextField())),
        "for_worker": first.is_left_to_worker,
        "claim_token": "",
        "lease_until": None,
    }
    if outcome.status == Status.QUEUED:
        changes["send_at"] = _each(alike, _due)
    else:
        changes["settled_at"] = DatabaseNow()
    if outcome.status == Status.SENT and not conf.delivery().keep_content:
        changes["content"] = ""
    keys = [settlement.row.pk for settlement in alike]
    mine = rows().filter(pk__in=keys, claim_token=first.row.claim_token)
    if mine.update(**changes) < len(alike):
        raise _Stale


def _due(one: Settlement) -> Any:
    return DatabaseNow() + timedelta(seconds=one.outcome.wait)


def _each(alike: list[Settlement], value: Callable[[Settlement], Any]) -> Any:
    """Return a value for a statement that writes several rows, one for each where they differ."""
    first = alike[0].outcome
    if all((one.outcome.answer, one.outcome.wait) == (first.answer, first.wait) for one in alike):
        return value(alike[0])
    return Case(*[When(pk=one.row.pk, then=value(one)) for one in alike])


def _postpone_followers(group: Sequence[Settlement]) -> None:
    """Let the rows behind one that has to wait be due when it is.

    They could not go before it anyway. While they seemed due, every claim would look at them
    again. They are written first: none of them may be due later than the one that they follow.
    Those that are scheduled keep their time.
    """
    waiting = [one for one in group if one.outcome.wait and one.outcome.status == Status.QUEUED]
    if not waiting:
        return
    behind = rows().filter(
        bot__in={one.row.bot for one in waiting},
        recipient_digest__in=[one.row.recipient_digest for one in waiting],
        settled_at=None,
        status=Status.QUEUED,
    )
    followed = set(behind.values_list("bot", "recipient_digest"))
    for one in waiting:
        row, due = one.row, _due(one)
        if (row.bot, row.recipient_digest) in followed:
            behind.filter(
                bot=row.bot,
                recipient_digest=row.recipient_digest,
                pk__gt=row.pk,
                send_at__lte=DatabaseNow(),
            ).update(send_at=due)


def _show(settlement: Settlement) -> None:
    """Show in the row in hand what has been written."""
    row, outcome = settlement.row, settlement.outcome
    row.attempts = settlement.attempts
    row.status = outcome.status
    row.last_error = outcome.error
    row.last_status = outcome.http_status
    row.answer = outcome.answer


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


def _heard() -> dict[str, Signal]:
    """Return the signals that somebody listens to, by the status that they tell of."""
    signals: dict[str, Signal] = {Status.SENT: message_sent, Status.FAILED: message_failed}
    return {
        status: signal for status, signal in signals.items() if signal.has_listeners(OutboxMessage)
    }
