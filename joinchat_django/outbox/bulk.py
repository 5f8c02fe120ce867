"""One message to many users."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from asgiref.sync import sync_to_async
from django.db import IntegrityError, OperationalError, connections, router, transaction
from django.db.models import QuerySet

from joinchat_django import conf
from joinchat_django.api import Envelope, InvalidMessage, Recipient, Text
from joinchat_django.api.rules import Characters
from joinchat_django.delivery.dispatchers import get_dispatcher, wake_on_commit
from joinchat_django.models import OutboxMessage
from joinchat_django.models.fields import digest
from joinchat_django.rendering import PlainDataRequired, plain_data

from .audiences import pages
from .drafts import Content, Draft
from .recipients import Addressee, active_links, addressees
from .results import BulkResult, Tally
from .rows import (
    GROUP,
    KEY_LENGTH,
    TRIGGER_LENGTH,
    Body,
    aware,
    build,
    check,
    insert,
    insert_page,
    known_keys,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: Characters of a key that tell one recipient of a bulk from another; a longer text is digested.
SUFFIX_LENGTH = 64

#: Characters that a bulk's own key may have.
BULK_KEY_LENGTH = KEY_LENGTH - SUFFIX_LENGTH - 1

#: A context for all, or a function that returns the one of a user (or of a ``Recipient``).
BulkContext = Mapping[str, Any] | Callable[[Any], Mapping[str, Any]]

# They stand for what is not known yet when the rest is checked.
_SOMEBODY = Recipient(uuid="somebody")
_SOMETHING = Text("something")


class BulkOptions(TypedDict, total=False):
    """The keywords of :func:`send_bulk`, which says what they mean."""

    context: BulkContext | None
    bot: str
    tag: str | None
    delay: int | None
    send_at: datetime | None
    expires_at: datetime | None
    idempotency_key: str | None
    group: str
    trigger: str
    requested_by: Any
    progress: Callable[[BulkResult], object] | None


def send_bulk(
    users: QuerySet[Any] | Iterable[Any],
    message: Content,
    *,
    context: BulkContext | None = None,
    bot: str = "default",
    tag: str | None = None,
    delay: int | None = None,
    send_at: datetime | None = None,
    expires_at: datetime | None = None,
    idempotency_key: str | None = None,
    group: str = "",
    trigger: str = "",
    requested_by: Any = None,
    progress: Callable[[BulkResult], object] | None = None,
) -> BulkResult:
    """Queue one message for many users, and return how many came to what.

    ``users`` is a queryset of users, which is read by primary key, 900 at a time; or any iterable
    of users, ``MessengerLink`` and ``Recipient``, or a queryset that cannot be ordered by key (a
    slice, a union), for which a set of keys is kept in memory. Somebody who appears twice gets one
    message; a link that is switched off counts as none.

    ``message`` and the options are those of :func:`~joinchat_django.outbox.send`. ``context`` may
    be a function, called with each user (with the ``Recipient`` where there is no user) unless the
    message has no variables. Whoever's context or message is faulty is counted and stops nobody
    else. Each gets the idempotency key ``f"{idempotency_key}:{user.pk}"``, so that a bulk that was
    interrupted can be run again with the same key and sends to nobody twice. ``group`` names the
    batch for :func:`~joinchat_django.outbox.cancel`.

    Every page is a transaction of its own, unless the caller has one open. Delivery is woken after
    each; the in-line dispatcher once, at the end. ``progress`` is called after each page with the
    counts so far; an error of its own ends the bulk, and what is queued stays queued.

    Raises at once, with nothing queued: ``UnknownBot``, ``UnknownTemplate``,
    ``PlainDataRequired`` for a context with objects in it, ``TypeError`` for an asynchronous
    function, ``InvalidMessage`` for a message, tag or delay that breaks the contract, a group that
    is too long and a key of more than 190 characters. Raises ``TypeError`` when it comes upon
    something that is no user, link or recipient.
    """
    settings_of_bot = conf.bot(bot)
    draft = Draft(message)
    envelope = Envelope.seal(
        _SOMEBODY,
        draft.fill() if draft.is_fixed else _SOMETHING,
        tag=draft.tag(tag),
        delay=draft.delay(delay),
        extra_tags=settings_of_bot.options.extra_tags,
    )
    texts: dict[str, tuple[object, Characters]] = {"group": (group, GROUP)}
    if idempotency_key is not None:
        texts["idempotency_key"] = (idempotency_key, Characters(BULK_KEY_LENGTH))
    check(texts)
    bulk = _Bulk(
        draft,
        Body.of(envelope.message) if draft.is_fixed else None,
        _checked(context),
        idempotency_key,
        {
            "bot": bot,
            "tag": envelope.tag or "",
            "delay": envelope.delay,
            "template": draft.template,
            "trigger": trigger[:TRIGGER_LENGTH],
            "group": group,
            "requested_by": requested_by,
            "send_at": aware(send_at),
            "expires_at": aware(expires_at),
        },
    )
    return bulk.run(users, progress or (lambda result: None))


async def asend_bulk(
    users: QuerySet[Any] | Iterable[Any], message: Content, **options: Unpack[BulkOptions]
) -> BulkResult:
    """Do what :func:`send_bulk` does, from asynchronous code.

    The functions given to it are plain ones all the same, and run in a thread.
    """
    return await sync_to_async(send_bulk)(users, message, **options)


class _Bulk:
    """One bulk: what its rows have in common, and what has been counted so far.

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
        self.bot: str = values["bot"]
        self.tally = Tally()

    def run(
        self,
        users: QuerySet[Any] | Iterable[Any],
        progress: Callable[[BulkResult], object],
    ) -> BulkResult:
        using = router.db_for_write(OutboxMessage)
        delivers_in_line = get_dispatcher().delivers_in_line
        try:
            for page, repeated in pages(users):
                self.tally.add("repeated", repeated)
                if self._queue(page) and not delivers_in_line:
                    wake_on_commit(using)
                progress(self.tally.result)
        finally:
            # Not after each page: delivery would take its seconds of the request every time.
            if delivers_in_line and self.tally.result.queued:
                wake_on_commit(using)
        return self.tally.result

    def _queue(self, page: list[Any]) -> bool:
        """Queue a page, and tell whether there was anything to write."""
        people = addressees(page, self.bot)
        if self.key is not None:
            known = known_keys(self.bot, [self._key_of(one) for one in people])
            fresh = [one for one in people if self._key_of(one) not in known]
            self.tally.add("already_queued", len(people) - len(fresh))
            people = fresh
        rows = []
        for one in people:
            if one.fault:
                self.tally.fail(one.key, one.fault)
            elif one.value is None:
                self.tally.add("not_linked")
            elif row := self._row(one, one.value):
                rows.append((one, row))
        self._insert(rows)
        return bool(rows)

    def _insert(self, rows: list[tuple[Addressee, OutboxMessage]]) -> None:
        try:
            insert_page([row for _one, row in rows])
        except (IntegrityError, OperationalError):
            # A key was used meanwhile, a user is gone, or two bulks with one key wait for each
            # other's rows: see who, one by one.
            for one, row in rows:
                self._insert_one(one, row)
        else:
            self.tally.add("queued", len(rows))

    def _insert_one(self, one: Addressee, row: OutboxMessage) -> None:
        try:
            with _savepoint():
                is_new = insert(row) is row
        except IntegrityError:
            if one.user is None or active_links(self.bot).filter(user=one.key).exists():
                raise
            self.tally.add("not_linked")
        else:
            self.tally.add("queued" if is_new else "already_queued")

    def _row(self, one: Addressee, value: str) -> OutboxMessage | None:
        """Return a recipient's row, None if he has to do without."""
        try:
            return build(
                one.kind,
                value,
                self.body or Body.of(self.draft.fill(one.user, self._context_of(one))),
                idempotency_key=None if self.key is None else self._key_of(one),
                user_id=None if one.user is None else one.key,
                **self.values,
            )
        except (InvalidMessage, PlainDataRequired) as error:
            self.tally.fail(one.key, str(error))
        except Exception as error:
            # The site's own functions and the user's own methods raise whatever they like.
            self.tally.fail(one.key, f"context: {type(error).__name__}: {error}")
        return None

    def _context_of(self, one: Addressee) -> Mapping[str, Any] | None:
        if not callable(self.context):
            return self.context
        with _savepoint():
            return plain_data(self.context(one.key if one.user is None else one.user))

    def _key_of(self, one: Addressee) -> str:
        suffix = str(one.key) if one.user is not None else f"{one.kind}:{one.value}"
        return f"{self.key}:{suffix if len(suffix) <= SUFFIX_LENGTH else digest(suffix)}"


def _checked(context: BulkContext | None) -> BulkContext | None:
    if inspect.iscoroutinefunction(context):
        raise TypeError("A context must be a dict or a plain function, not an async one.")
    if context is not None and not callable(context):
        plain_data(context)
    return context


def _savepoint() -> contextlib.AbstractContextManager[None]:
    """Keep the caller's transaction, if there is one, usable after a query that fails."""
    using = router.db_for_write(OutboxMessage)
    if connections[using].in_atomic_block:
        return transaction.atomic(using=using)
    return contextlib.nullcontext()
