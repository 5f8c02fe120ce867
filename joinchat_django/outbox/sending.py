"""One message, or a few in order, to one recipient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, overload

from asgiref.sync import sync_to_async
from django.db import connections, router

from joinchat_django import conf
from joinchat_django.api import Envelope, InvalidMessage, Problem
from joinchat_django.api.envelopes import MAX_DELAY
from joinchat_django.api.wording import worded as _
from joinchat_django.models import OutboxMessage
from joinchat_django.rendering import plain_data

from .drafts import Content, Contents, Draft
from .recipients import resolve
from .rows import KEY_LENGTH, TRIGGER_LENGTH, Body, aware, build, insert, is_key, whole
from .waking import delivers_in_line, wake

if TYPE_CHECKING:
    from typing_extensions import Unpack


class SendOptions(TypedDict, total=False):
    """The keywords of :func:`send`, which says what they mean."""

    context: Mapping[str, Any] | None
    bot: str
    tag: str | None
    delay: int | None
    send_at: datetime | None
    expires_at: datetime | None
    idempotency_key: str | None
    group: str
    trigger: str
    requested_by: Any


@overload
def send(to: object, message: Content, **options: Unpack[SendOptions]) -> OutboxMessage: ...
@overload
def send(to: object, message: Contents, **options: Unpack[SendOptions]) -> list[OutboxMessage]: ...
def send(
    to: object,
    message: Content | Contents,
    *,
    context: Mapping[str, Any] | None = None,
    bot: str = "default",
    tag: str | None = None,
    delay: int | None = None,
    send_at: datetime | None = None,
    expires_at: datetime | None = None,
    idempotency_key: str | None = None,
    group: str = "",
    trigger: str = "",
    requested_by: Any = None,
) -> OutboxMessage | list[OutboxMessage]:
    """Queue a message in the caller's own transaction, and return its row.

    ``to`` is a user of the site, a ``MessengerLink`` or a ``Recipient``. ``message`` is a message
    of :mod:`joinchat_django.api`, a ``MessageTemplate`` or its slug, filled from ``context`` in
    the language that the site knows its user to read; or a list of those, sent in order with delays
    of 0, 1, 2 … seconds (10 at most) unless ``delay`` is given, and returned as a list of rows.
    ``tag`` and ``delay`` go before the template's own; an empty tag means none.

    Nothing goes out before ``send_at``, and nothing after ``expires_at``. The same
    ``idempotency_key`` again returns the first row, whatever the message and whatever became of it:
    a cancelled one, too, so that a corrected text needs a new key. In a list, each message has a
    key of its own, made from it. ``group`` names a batch, ``trigger`` and ``requested_by`` tell
    later who asked.

    Raises ``NotLinked``, also for a link that is switched off; ``ValueError`` for a link to another
    bot; ``TypeError`` for a recipient that is none; ``UnknownTemplate``; ``PlainDataRequired`` for
    a context with objects in it; ``InvalidMessage`` for what breaks the contract, for a variable
    that the template names and nobody has given, for a tag on a promotional template, and for a
    recipient, key or group that is too long to be stored; ``UnknownBot``. Nothing is queued then.

    A variable may be missing where the template says how to do without: in the condition of an
    ``{% if %}``, with a ``default``, in ``{% firstof %}``. The ``user`` fields of
    ``JOINCHAT_TEMPLATES`` count as given, empty for somebody whom the site does not know.
    """
    extra_tags = conf.bot(bot).options.extra_tags
    many = isinstance(message, (list, tuple))
    contents: Contents = message if isinstance(message, (list, tuple)) else [message]
    key_asked = idempotency_key if not many and is_key(idempotency_key) else None
    user, recipient, key_is_new = resolve(to, bot, key_asked)
    keys = _keys_of_list(idempotency_key, len(contents)) if many else [idempotency_key]
    common = {
        "bot": bot,
        "user": user,
        "trigger": trigger[:TRIGGER_LENGTH],
        "group": group,
        "requested_by": requested_by,
        "send_at": aware(send_at),
        "expires_at": aware(expires_at),
    }
    rows = []
    for place, (content, key) in enumerate(zip(contents, keys, strict=True)):
        draft = Draft(content)
        spread = min(place, MAX_DELAY) if len(contents) > 1 else None
        envelope = Envelope.seal(
            recipient,
            draft.fill_whole(user, lambda: plain_data(context or {}), optional_too=False),
            tag=draft.tag(tag),
            delay=draft.delay(delay, spread),
            extra_tags=extra_tags,
        )
        rows.append(_row(draft, envelope, key, common))
    written = _write(rows, key_is_new=key_is_new)
    return written if many else written[0]


@overload
async def asend(to: object, message: Content, **options: Unpack[SendOptions]) -> OutboxMessage: ...
@overload
async def asend(
    to: object, message: Contents, **options: Unpack[SendOptions]
) -> list[OutboxMessage]: ...
async def asend(to: object, message: Any, **options: Any) -> Any:
    """Do what :func:`send` does, from asynchronous code."""
    return await sync_to_async(send)(to, message, **options)


def _keys_of_list(key: str | None, number: int) -> list[str | None]:
    """Return the keys of a list's messages, made from its own.

    Raises ``InvalidMessage`` for one that leaves no room for the messages' numbers.
    """
    if not key:
        return [key] * number
    suffix = f"#{max(number - 1, 0)}"
    room = KEY_LENGTH - len(suffix)
    if len(key) > room:
        limit = _(
            "must be at most %(most)s characters, so that %(suffix)s can follow in a list",
            most=room,
            suffix=repr(suffix),
        )
        raise InvalidMessage([Problem("idempotency_key", limit, str(len(key)))])
    return [f"{key}#{place}" for place in range(number)]


def _row(
    draft: Draft, envelope: Envelope, key: str | None, common: dict[str, Any]
) -> OutboxMessage:
    return build(
        envelope.recipient.kind,
        envelope.recipient.value,
        Body.of(envelope.message),
        idempotency_key=key,
        tag=envelope.tag or "",
        delay=envelope.delay,
        template=draft.template,
        **common,
    )


def _write(rows: list[OutboxMessage], *, key_is_new: bool) -> list[OutboxMessage]:
    """Insert the rows that are new, and wake delivery up after the commit."""
    using = router.db_for_write(OutboxMessage)
    with whole(len(rows), savepoint=False):
        written = [insert(row, key_is_new=key_is_new) for row in rows]
        wake()
    if not connections[using].in_atomic_block and delivers_in_line():
        for row in written:
            row.refresh_from_db(using=using)
    return written
