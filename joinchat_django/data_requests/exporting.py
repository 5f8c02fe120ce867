"""Telling everything that the app knows about somebody."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.utils import timezone

from joinchat_django.api import Recipient
from joinchat_django.broadcasts.members import as_json
from joinchat_django.models import Broadcast, DeliveryAttempt, OutboxMessage
from joinchat_django.models.primary import on_primary
from joinchat_django.outbox.batches import batched

from .belongings import Person
from .selections import Selection, selections_of

#: Messages that are read at a time, with their attempts.
READ_TOGETHER = 500


def export(user: Any, *, recipients: Iterable[Recipient] = ()) -> dict[str, Any]:
    """Return everything that the app knows about a user, as plain data for JSON.

    Times are ISO 8601, and primary keys numbers or texts:

    - ``user``: key and name, None for somebody who is no user;
    - ``links``: all, those that are switched off included;
    - ``messages``: all to them, whatever has become of them, with what they say (None once it has
      been forgotten), JoinChat's answer and each failed attempt;
    - ``broadcasts``: those that have selected them;
    - ``requested``: the number of messages, and the keys of the broadcasts, that they asked for as
      members of the staff. What these say is about others.

    See :mod:`joinchat_django.data_requests` for what is theirs. ``user`` may be None if
    ``recipients`` names somebody who is no user, or no longer. All of it is in memory at once;
    :func:`export_json` does without that. Nothing is changed.

    Raises ``TypeError`` for what is no saved user, ``ValueError`` if nobody is named.
    """
    return {
        name: list(part) if isinstance(part, Iterator) else part
        for name, part in _parts(Person(user, recipients))
    }


async def aexport(user: Any, *, recipients: Iterable[Recipient] = ()) -> dict[str, Any]:
    """Do what :func:`export` does, from asynchronous code."""
    return await sync_to_async(export)(user, recipients=recipients)


def export_json(
    user: Any, *, recipients: Iterable[Recipient] = (), ensure_ascii: bool = False
) -> Iterator[str]:
    """Yield what :func:`export` returns as pieces of a JSON text, for a file or an answer.

    Messages are read a few hundred at a time, so that millions take no more memory than their
    primary keys. ``ensure_ascii`` makes escapes of other characters. Raises like :func:`export`,
    before the first piece.
    """
    return _pieces(Person(user, recipients), ensure_ascii)


def _pieces(person: Person, ensure_ascii: bool) -> Iterator[str]:
    def text(value: Any) -> str:
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=2)

    between = "{\n"
    for name, part in _parts(person):
        yield f"{between}{text(name)}: "
        between = ",\n"
        if isinstance(part, Iterator):
            comma = "[\n"
            for item in part:
                yield comma + text(item)
                comma = ",\n"
            yield "[]" if comma == "[\n" else "]"
        else:
            yield text(part)
    yield "\n}\n"


def _parts(person: Person) -> Iterator[tuple[str, Any]]:
    """Yield the parts of an export with their names; a long one is an iterator."""
    user = person.user
    yield "user", user and {"id": as_json(user.pk), "name": user.get_username()}
    yield "exported_at", _time(timezone.now())
    yield "links", _links(person)
    yield "messages", _messages(person)
    yield "broadcasts", (_broadcast(one) for one in list(selections_of(person)))
    yield (
        "requested",
        {
            "messages": person.requested_messages().count(),
            "broadcasts": sorted(person.requested_broadcasts().values_list("pk", flat=True)),
        },
    )


def _links(person: Person) -> Iterator[dict[str, Any]]:
    for link in list(person.links().order_by("pk")):
        yield {
            "bot": link.bot,
            "uuid": link.uuid,
            "is_active": link.is_active,
            "linked_at": _time(link.linked_at),
        }


def _messages(person: Person) -> Iterator[dict[str, Any]]:
    # Keys first, without an order: to have them in it, a planner may walk along all keys there are.
    found = (rows.order_by().values_list("pk", flat=True) for rows in person.messages())
    keys = sorted({key for some in found for key in some.iterator()})
    for page in batched(keys, READ_TOGETHER):
        rows = on_primary(OutboxMessage).filter(pk__in=page).order_by("pk")
        attempts: dict[int, list[dict[str, Any]]] = {}
        for attempt in on_primary(DeliveryAttempt).filter(message__in=page):
            attempts.setdefault(attempt.message_id, []).append(_attempt(attempt))
        for row in list(rows.select_related("template")):
            yield {**_message(row), "failed_attempts": attempts.get(row.pk, [])}


def _message(row: OutboxMessage) -> dict[str, Any]:
    return {
        "id": row.pk,
        "bot": row.bot,
        "recipient": {row.recipient_kind: row.recipient_value},
        "status": row.status,
        "content": _content(row.content),
        "tag": row.tag,
        "delay": row.delay,
        "template": row.template and row.template.slug,
        "trigger": row.trigger,
        "group": row.group,
        "idempotency_key": row.idempotency_key,
        "created_at": _time(row.created_at),
        "send_at": _time(row.send_at),
        "expires_at": _time(row.expires_at),
        "settled_at": _time(row.settled_at),
        "attempts": row.attempts,
        "http_status": row.last_status,
        "error": row.last_error,
        "answer": row.answer,
    }


def _attempt(attempt: DeliveryAttempt) -> dict[str, Any]:
    return {
        "attempt": attempt.number,
        "made_at": _time(attempt.made_at),
        "outcome": attempt.outcome,
        "http_status": attempt.http_status,
        "in_doubt": attempt.in_doubt,
        "error": attempt.error,
        "answer": attempt.answer,
    }


def _broadcast(selection: Selection) -> dict[str, Any]:
    broadcast = on_primary(Broadcast).filter(pk=selection.broadcast).first()
    if broadcast is None:
        return {"id": selection.broadcast}  # It has gone just now.
    return {
        "id": broadcast.pk,
        "title": broadcast.title,
        "status": broadcast.status,
        "bot": broadcast.bot,
        "selected": {"model": broadcast.model, "ids": sorted(selection.keys, key=str)},
        "errors": [error for key, error in broadcast.errors if key in selection.keys],
        "created_at": _time(broadcast.created_at),
        "started_at": _time(broadcast.started_at),
        "finished_at": _time(broadcast.finished_at),
    }


def _content(text: str) -> Any:
    """Return what a message says; the text as it is, should it be damaged."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return text


def _time(moment: datetime | None) -> str | None:
    if moment is not None and timezone.is_naive(moment):
        # With USE_TZ=False; whoever reads this need not know the site's time zone.
        moment = timezone.make_aware(moment, timezone.get_default_timezone())
    return None if moment is None else moment.isoformat()
