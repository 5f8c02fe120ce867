"""One message to many users."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from joinchat_django import conf
from joinchat_django.api import Envelope, Recipient, Text
from joinchat_django.api.rules import Characters
from joinchat_django.rendering import plain_data

from .bulk_pages import Bulk
from .bulk_rows import BULK_KEY_LENGTH, BulkContext, RowMaker
from .drafts import Content, Draft
from .results import BulkResult
from .rows import GROUP, TRIGGER_LENGTH, Body, aware, check

if TYPE_CHECKING:
    from typing_extensions import Unpack

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

    ``users`` is a queryset of users, which is read by primary key, 900 at a time. Or any iterable
    of users, ``MessengerLink`` and ``Recipient``, or a queryset of links or one that cannot be
    ordered by key (a slice, a union), for which a set of keys is kept in memory. A link stands for
    its user, whichever of theirs it is and whatever its bot: each user is reached by the newest of
    their active links to ``bot``. Somebody who appears twice gets one message.

    A queryset of users is quickest where the message is the same for all, since the database then
    makes the rows itself, 20,000 at a time, and where it has no more of a user than columns that
    ``USER_FIELDS`` names: then none becomes an object, 5,000 at a time. A context function wants
    objects.

    ``message`` and the options are those of :func:`~joinchat_django.outbox.send`. ``context`` may
    be a function, called with each user (with the ``Recipient`` where there is no user) unless the
    message has no variables in their language, and with that language active; in a caller's
    transaction it may be called again where a query failed. Whoever's context or message is
    faulty is counted and stops nobody else. So is one whose context lacks a variable that the
    template names, in a condition or before a ``default``, too: hand it over empty. A user's own
    fields are there, empty where there is no user.

    Each gets the idempotency key ``f"{idempotency_key}:{user.pk}"``, so that a bulk that was
    interrupted can be run again with the same key and sends to nobody twice. A key stays used
    after :func:`~joinchat_django.outbox.cancel`: a corrected text needs a new one. ``group`` names
    the batch for ``cancel``.

    Every page is a transaction of its own, or several where its rows are made of objects and hold
    more than 4 MB; unless the caller has one open. Within a page, the rows' ids follow no order of
    users. Delivery is woken after the first page, every few seconds and at the end; the in-line
    dispatcher at the end alone. ``progress`` is called after each page with the counts so far; an
    error of its own ends the bulk, and what is queued stays queued.

    Raises at once, with nothing queued: ``UnknownBot``, ``UnknownTemplate``,
    ``PlainDataRequired`` for a context with objects in it, ``TypeError`` for an asynchronous
    function, ``InvalidMessage`` for a message, tag or delay that breaks the contract, a group that
    is too long and a key of more than 190 characters. Raises ``TypeError`` when it comes upon
    something that is no user, link or recipient, and ``OperationalError`` or ``InterfaceError``
    when the database goes away, in a context function as well. What was queued stays queued then,
    and may be more than was counted: only with an idempotency key can the bulk be run again safely.
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
    maker = RowMaker(
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
    return Bulk(maker).run(users, progress or (lambda result: None))


async def asend_bulk(
    users: QuerySet[Any] | Iterable[Any], message: Content, **options: Unpack[BulkOptions]
) -> BulkResult:
    """Do what :func:`send_bulk` does, from asynchronous code.

    The functions given to it are plain ones all the same, and run in a thread.
    """
    return await sync_to_async(send_bulk)(users, message, **options)


def _checked(context: BulkContext | None) -> BulkContext | None:
    if inspect.iscoroutinefunction(context):
        raise TypeError("A context must be a dict or a plain function, not an async one.")
    if context is not None and not callable(context):
        plain_data(context)
    return context
