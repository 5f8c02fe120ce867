"""One message to many members of a mailing, in the caller's own transactions."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterable, Mapping
from typing import Any

from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.models.fields import digest
from joinchat_django.rendering import plain_data

from .bulk_pages import Bulk
from .bulk_rows import SUFFIX_LENGTH, RowMaker
from .drafts import Draft
from .recipients import Addressee
from .results import BulkResult
from .rows import PAGE, Body, known_keys

#: People whose messages are made before the time is looked at, where each has one of their own.
TOGETHER = 25


class Mailing(Bulk):
    """Queues a page of people at a time, each with a context of their own, and counts them.

    ``message`` is a template, saved or not; ``template_id`` is the saved one that it was taken
    from, if there is one. The messages are of ``group``, and are told apart by it, whom they go to
    and what they say: nobody gets the same one twice, however often they appear. They are known by
    the user's key; with ``by_recipient`` by the recipient alone.

    Raises ``InvalidMessage`` for a template that does not compile, or is no message.
    """

    def __init__(
        self,
        message: MessageTemplate,
        *,
        bot: str,
        group: str,
        template_id: Any = None,
        requested_by_id: Any = None,
        by_recipient: bool = False,
    ) -> None:
        draft = Draft(message)
        values = {
            "bot": bot,
            "tag": message.tag,
            "delay": message.delay,
            "template_id": template_id,
            "trigger": "",
            "group": group,
            "requested_by_id": requested_by_id,
            "send_at": None,
            "expires_at": None,
        }
        body = Body.of(draft.fill()) if draft.is_fixed else None
        super().__init__(_MemberRowMaker(draft, body, group, values, by_recipient=by_recipient))
        self.together = PAGE if body is not None else TOGETHER

    def queue(self, people: list[Addressee], seconds: float = math.inf) -> tuple[BulkResult, int]:
        """Queue for those who can be reached; return the counts so far, and how many were seen.

        The first of them, if their messages take more than some ``seconds`` to make. Delivery is
        not woken. Each error has the member's key. Raises a database's error; the caller's
        transaction has to be rolled back then.
        """
        end = time.monotonic() + seconds
        seen = 0
        rows: list[tuple[Addressee, OutboxMessage]] = []
        while seen < len(people) and (not seen or time.monotonic() < end):
            some = people[seen : seen + self.together]
            rows += self._rows(some)
            seen += len(some)
        if fresh := self._without_repeats(rows):
            self._insert(fresh)
        return self.tally.result, seen

    def render(self, people: Iterable[Addressee]) -> list[tuple[Addressee, dict[str, Any] | str]]:
        """Return what each would get as JSON data, or why that is nothing. Writes nothing."""
        people = list(people)
        made = []
        while people:
            part = self.maker.make(people)
            people = people[len(part) :]
            made += [
                (one, row if isinstance(row, str) else json.loads(row.content)) for one, row in part
            ]
        return made

    def _rows(self, people: list[Addressee]) -> list[tuple[Addressee, OutboxMessage]]:
        """Make the rows of those who can be reached, and count the others."""
        people = self._reachable(people)
        rows = []
        while people:
            made = self.maker.make(people)
            people = people[len(made) :]
            for one, row in made:
                if isinstance(row, OutboxMessage):
                    rows.append((one, row))
                else:
                    self.tally.fail(one.member, row)
        return rows

    def _without_repeats(
        self, rows: list[tuple[Addressee, OutboxMessage]]
    ) -> list[tuple[Addressee, OutboxMessage]]:
        seen = known_keys(self.bot, [str(row.idempotency_key) for _one, row in rows])
        fresh = []
        for one, row in rows:
            if row.idempotency_key not in seen:
                seen.add(str(row.idempotency_key))
                fresh.append((one, row))
        self.tally.add("repeated", len(rows) - len(fresh))
        return fresh


class _MemberRowMaker(RowMaker):
    """Makes rows from the members' own contexts; each content has an idempotency key."""

    def __init__(
        self,
        draft: Draft,
        body: Body | None,
        key: str,
        values: dict[str, Any],
        *,
        by_recipient: bool,
    ) -> None:
        super().__init__(draft, body, None, key, values)
        self.by_recipient = by_recipient

    def key_of(self, one: Addressee) -> str:
        whom = f"{one.kind}:{one.value}" if self.by_recipient else str(one.key)
        return f"{self.key}:{whom if len(whom) <= SUFFIX_LENGTH else digest(whom)}"

    def _row(self, one: Addressee) -> OutboxMessage:
        row = super()._row(one)
        row.idempotency_key = f"{row.idempotency_key}:{digest(row.content)}"
        return row

    def _context_of(self, one: Addressee) -> Mapping[str, Any]:
        return plain_data(one.context()) if one.context else {}
