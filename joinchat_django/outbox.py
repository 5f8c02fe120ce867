"""Rows go in: everything that is ever sent begins with :func:`send`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, overload

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import IntegrityError, connections, router, transaction
from django.utils import timezone

from joinchat_django import conf
from joinchat_django.api import Envelope, InvalidMessage, Message, Recipient
from joinchat_django.api.encoding import encode
from joinchat_django.api.envelopes import MAX_DELAY
from joinchat_django.api.rules import Characters
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.dispatchers import get_dispatcher, wake_on_commit
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from joinchat_django.models.fields import digest
from joinchat_django.rendering import MessageBody, user_data

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["NotLinked", "UnknownTemplate", "asend", "send"]

#: Characters that a recipient and an idempotency key may have.
KEY_LENGTH = 255

#: Characters that a group's name may have.
GROUP_LENGTH = 100

#: Characters that are kept of a trigger's name.
TRIGGER_LENGTH = 200

Content = Message | MessageTemplate | str
#: Several of them. Not any sequence: a slug is one, too.
Contents = list[Any] | tuple[Any, ...]


class NotLinked(LookupError):
    """The user has no active link to a bot, so there is nobody to send to."""


class UnknownTemplate(LookupError):
    """No message template has this slug."""


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
    of :mod:`joinchat_django.api`, a ``MessageTemplate`` or its slug, filled from ``context``; or a
    list of those, sent in order with delays of 0, 1, 2 … seconds (10 at most) unless ``delay`` is
    given, and returned as a list of rows. ``tag`` and ``delay`` go before the template's own; an
    empty tag means none.

    Nothing goes out before ``send_at``, and nothing after ``expires_at``. The same
    ``idempotency_key`` again returns the first row, whatever the message; in a list, each message
    has a key of its own, made from it. ``group`` names a batch, ``trigger`` and ``requested_by``
    tell later who asked.

    Raises ``NotLinked``, ``UnknownTemplate``, ``PlainDataRequired`` for a context with objects in
    it, ``InvalidMessage`` for what breaks the contract and for a recipient, key or group that is
    too long to be stored, ``UnknownBot``. Nothing is queued then.
    """
    settings_of_bot = conf.bot(bot)
    user, recipient = _resolve(to, bot)
    many = isinstance(message, (list, tuple))
    contents: Contents = message if isinstance(message, (list, tuple)) else [message]
    rows = []
    for index, content in enumerate(contents):
        template = _template(content)
        body = _render(template, user, context) if template else content
        spread = min(index, MAX_DELAY) if many and len(contents) > 1 else None
        envelope = Envelope.seal(
            recipient,
            body,
            tag=(tag if tag is not None else template.tag if template else None) or None,
            delay=_first(delay, template.delay if template else None, spread),
            extra_tags=settings_of_bot.options.extra_tags,
        )
        key = f"{idempotency_key}#{index}" if many and idempotency_key else idempotency_key
        rows.append(
            _row(
                envelope,
                bot=bot,
                user=user,
                template=template,
                trigger=trigger[:TRIGGER_LENGTH],
                group=group,
                requested_by=requested_by,
                idempotency_key=key,
                send_at=_aware(send_at),
                expires_at=_aware(expires_at),
            )
        )
    written = _write(rows)
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


def recipient_of(user: Any, bot: str = "default") -> Recipient:
    """Return whom a user's messages go to: the newest of his active links.

    Raises ``NotLinked``.
    """
    # From where links are written: a trigger may run on one that a replica does not know yet.
    links = MessengerLink.objects.using(router.db_for_write(MessengerLink))
    links = links.filter(user=user, bot=bot, is_active=True)
    uuid = links.order_by("-linked_at", "-pk").values_list("uuid", flat=True).first()
    if uuid is None:
        raise NotLinked(
            f"User {user.pk} is not linked to the bot {bot!r}. A user is linked by clicking Send "
            "to Messenger on a page with {% joinchat_sdk %}."
        )
    return Recipient(uuid=uuid)


def _resolve(to: object, bot: str) -> tuple[Any, Recipient]:
    """Return the user, if one is known, and the recipient."""
    if isinstance(to, Recipient):
        return None, to
    if isinstance(to, MessengerLink):
        if to.bot != bot:
            raise ValueError(f"This link belongs to the bot {to.bot!r}; pass bot={to.bot!r}.")
        return to.user, Recipient(uuid=to.uuid)
    if hasattr(to, "is_authenticated") and getattr(to, "pk", None) is not None:
        return to, recipient_of(to, bot)
    raise TypeError(
        "A message goes to a saved user, a MessengerLink or a Recipient, not to "
        f"{type(to).__name__}."
    )


def _template(content: object) -> MessageTemplate | None:
    if isinstance(content, MessageTemplate):
        return content
    if isinstance(content, str):
        try:
            using = router.db_for_write(MessageTemplate)
            return MessageTemplate.objects.using(using).get(slug=content)
        except MessageTemplate.DoesNotExist:
            raise UnknownTemplate(
                f"No message template has the slug {content!r}. For a plain text pass "
                f"Text({content!r})."
            ) from None
    return None


def _render(template: MessageTemplate, user: Any, context: Mapping[str, Any] | None) -> Message:
    known = {} if user is None else {"user": user_data(user, conf.templates().user_fields)}
    return MessageBody.compile(template.body).render({**known, **(context or {})})


def _row(envelope: Envelope, *, idempotency_key: str | None, **values: Any) -> OutboxMessage:
    kind = envelope.recipient.kind
    texts = {f"recipient.{kind}": (envelope.recipient.value, Characters(KEY_LENGTH))}
    if idempotency_key is not None:
        texts["idempotency_key"] = (idempotency_key, Characters(KEY_LENGTH))
    texts["group"] = (values["group"], Characters(GROUP_LENGTH, least=0))
    problems = [
        problem.under(name)
        for name, (text, rule) in texts.items()
        for problem in rule.problems(text)
    ]
    if problems:
        raise InvalidMessage(problems)
    data = envelope.message.to_dict()
    return OutboxMessage(
        recipient_kind=envelope.recipient.kind,
        recipient_value=envelope.recipient.value,
        content=encode(data),
        template_type=data["template_type"],
        tag=envelope.tag or "",
        delay=envelope.delay,
        idempotency_key=idempotency_key,
        **values,
    )


def _write(rows: list[OutboxMessage]) -> list[OutboxMessage]:
    """Insert the rows that are new, and wake delivery up after the commit."""
    using = router.db_for_write(OutboxMessage)
    connection = connections[using]
    with transaction.atomic(using=using, savepoint=False):
        written = [_insert(row, using) for row in rows]
        wake_on_commit(using)
    if not connection.in_atomic_block and get_dispatcher().delivers_in_line:
        for row in written:
            row.refresh_from_db(using=using)
    return written


def _insert(row: OutboxMessage, using: str) -> OutboxMessage:
    if row.send_at is None:
        # The database's clock decides what is due, so it has to say what "now" is, too.
        row.send_at = DatabaseNow()
    if row.idempotency_key is None:
        row.save(using=using, force_insert=True)
    else:
        key = digest(row.idempotency_key)
        same = OutboxMessage.objects.using(using).filter(bot=row.bot, idempotency_digest=key)
        if first := same.first():
            return first
        try:
            with transaction.atomic(using=using):
                row.save(using=using, force_insert=True)
        except IntegrityError:
            # Somebody else was quicker.
            return same.get()
    if isinstance(row.send_at, DatabaseNow):
        row.send_at = row.created_at
    return row


def _first(*values: int | None) -> int | None:
    return next((value for value in values if value is not None), None)


def _aware(moment: datetime | None) -> datetime | None:
    """Take a naive time as the site's own, as Django's fields do."""
    if moment is not None and settings.USE_TZ and timezone.is_naive(moment):
        return timezone.make_aware(moment, timezone.get_default_timezone())
    return moment
