"""The rows of a bulk: made for each recipient from a context of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import Error, connections, router, transaction

from joinchat_django.api import InvalidMessage, Recipient
from joinchat_django.delivery.databases import AWAY
from joinchat_django.models import OutboxMessage
from joinchat_django.models.fields import digest
from joinchat_django.rendering import PlainDataRequired, plain_data

from .drafts import Draft
from .recipients import Addressee
from .rows import KEY_LENGTH, Body, build, build_like

#: Characters of a key that tell one recipient of a bulk from another; a longer text is digested.
SUFFIX_LENGTH = 64

#: Characters that a bulk's own key may have.
BULK_KEY_LENGTH = KEY_LENGTH - SUFFIX_LENGTH - 1

#: Bytes of content that are held in memory and inserted at once, and one row's more.
BATCH_BYTES = 4_000_000

#: A context for all, or a function that returns the one of a user (or of a ``Recipient``).
BulkContext = Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]

#: Somebody's row, or why there is none.
Made = tuple[Addressee, OutboxMessage | str]


class _TransactionLost(Exception):
    """A query of the site's own functions has failed, and with it the transaction around it."""


class RowMaker:
    """Makes a bulk's rows. ``values`` is what they have in common.

    ``body`` is the message that is the same for all, None if there is no such one.
    """

    def __init__(
        self,
        draft: Draft,
        body: Body | None,
        context: BulkContext | None,
        key: str | None,
        values: dict[str, Any],
    ) -> None:
        self.draft = draft
        self.body = body
        self.context = context
        self.key = key
        self.values = values
        #: The first row of those that are being made, which the others are made like.
        self._first: OutboxMessage | None = None

    def make(self, people: list[Addressee]) -> list[Made]:
        """Make the rows of the first of some people, as many as may be inserted at once.

        Raises ``OperationalError`` and ``InterfaceError``, which are nobody's own fault.
        """
        self.draft.prefetch(one.user for one in people)
        using = router.db_for_write(OutboxMessage)
        connection = connections[using]
        if self.body is not None or not connection.in_atomic_block:
            return self._make(people, AWAY)
        savepoint = partial(transaction.atomic, using=using)
        try:
            with savepoint():
                made = self._make(people, Error)
                if connection.needs_rollback:
                    raise _TransactionLost
                return made
        except AWAY:
            raise
        except (Error, _TransactionLost):
            # Whoever it was: with a savepoint for each, they fail alone.
            return self._make(people, AWAY, savepoint)

    def pattern(self, body: Body | None = None) -> OutboxMessage:
        """Return a row to a uuid with what all have in common."""
        content = {"content": body.content, "template_type": body.template_type} if body else {}
        kind = OutboxMessage.RecipientKind.UUID.value
        return OutboxMessage(recipient_kind=kind, **content, **self.values)

    @staticmethod
    def reason(error: Exception) -> str:
        """Say why somebody's message cannot be made."""
        if isinstance(error, (InvalidMessage, PlainDataRequired)):
            return str(error)
        # The site's own functions and the user's own methods raise whatever they like.
        return f"context: {type(error).__name__}: {error}"

    def key_of(self, one: Addressee) -> str | None:
        """Return somebody's own idempotency key, None if the bulk has none."""
        if self.key is None:
            return None
        is_recipient = isinstance(one.key, Recipient)
        suffix = f"{one.kind}:{one.value}" if is_recipient else str(one.key)
        return f"{self.key}:{suffix if len(suffix) <= SUFFIX_LENGTH else digest(suffix)}"

    def _make(
        self,
        people: list[Addressee],
        fatal: type[Exception] | tuple[type[Exception], ...],
        savepoint: Callable[[], contextlib.AbstractContextManager[Any]] = contextlib.nullcontext,
    ) -> list[Made]:
        made: list[Made] = []
        size = 0
        self._first = None
        for one in people:
            try:
                with savepoint():
                    row = self._row(one)
            except fatal:
                raise
            except Exception as error:
                made.append((one, self.reason(error)))
            else:
                made.append((one, row))
                size += len(row.content.encode())
                if size >= BATCH_BYTES:
                    break
        return made

    def _row(self, one: Addressee) -> OutboxMessage:
        body = self.body or self.draft.write_whole(one.user, partial(self._context_of, one))
        key = self.key_of(one)
        user_id = None if one.user is None else one.key
        if self._first is None:
            self._first = build(
                one.kind,
                one.value or "",
                body,
                idempotency_key=key,
                user_id=user_id,
                **self.values,
            )
            return self._first
        return build_like(
            self._first, one.kind, one.value or "", body, idempotency_key=key, user_id=user_id
        )

    def _context_of(self, one: Addressee) -> Mapping[str, Any]:
        if callable(self.context):
            return plain_data(self.context(one.key if one.user is None else one.user))
        return self.context or {}
