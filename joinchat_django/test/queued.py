"""What was queued in a test, as ``django.core.mail.outbox`` shows mail."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, overload

from django.db.models import Max, QuerySet

from joinchat_django.api import Message, Recipient
from joinchat_django.models import OutboxMessage
from joinchat_django.outbox.rows import written

from .durations import During

#: Messages that a repr shows, and characters of each.
SHOWN, SHOWN_CHARACTERS = 20, 200


@dataclass(frozen=True, repr=False)
class QueuedMessage:
    """A message in the outbox, as it stood when it was looked at. ``row`` has the rest of it."""

    row: OutboxMessage

    @property
    def user(self) -> Any:
        """The user whom it goes to, or None for one to a ``Recipient``."""
        return self.row.user

    @property
    def recipient(self) -> Recipient:
        """Whom it goes to, as JoinChat knows them."""
        return self.row.recipient

    @property
    def message(self) -> Message:
        """What it says. It equals the message that was sent: ``Text("Hello")``.

        Raises ``ValueError`` if the row has forgotten it.
        """
        if not self.row.content:
            raise ValueError(
                "This message was sent, and KEEP_CONTENT is off: the outbox no longer has its "
                "content. Look at it before it is delivered, or switch KEEP_CONTENT on in tests."
            )
        return self.row.message

    @property
    def tag(self) -> str | None:
        """Its message tag."""
        return self.row.tag or None

    @property
    def delay(self) -> int | None:
        """Seconds that JoinChat is to delay it by."""
        return self.row.delay

    @property
    def status(self) -> str:
        """``queued`` until it is delivered, then what became of it, such as ``sent``."""
        return self.row.status

    @property
    def bot(self) -> str:
        """The alias of the bot that sends it."""
        return self.row.bot

    @property
    def idempotency_key(self) -> str | None:
        """The key that it was sent with."""
        return self.row.idempotency_key

    @property
    def template(self) -> str | None:
        """The slug of the template that it was made from."""
        return self.row.template.slug if self.row.template else None

    def __repr__(self) -> str:
        row = self.row
        try:
            content = repr(self.message)
        except ValueError:
            content = f"a {row.template_type} whose content is forgotten"
        if len(content) > SHOWN_CHARACTERS:
            content = content[: SHOWN_CHARACTERS - 1] + "…"
        parts = [content, "to", f"{row.recipient_kind}={row.recipient_value!r}"]
        if row.user_id is not None:
            parts.append(f"({self.user})")
        parts += [f"{name}={value!r}" for name, value in self._options() if value is not None]
        return f"<{' '.join([*parts, row.status])}>"

    def _options(self) -> Iterator[tuple[str, object]]:
        if self.bot != "default":
            yield "bot", self.bot
        for name in ("template", "tag", "delay", "idempotency_key"):
            yield name, getattr(self, name)


class JoinChatOutbox(Sequence[QueuedMessage]):
    """The messages that were queued since it was made, in their order.

    It reads the outbox's table each time it is looked at: it holds what a plain ``TestCase``
    queues, whose on-commit callbacks do not run, and what has been delivered since. It needs the
    database. Like ``mail.outbox`` it is equal to a list of the same messages, so that
    ``outbox == []`` says that nothing was queued.

    Asynchronous code looks at it with :meth:`alist` or ``async for``, and clears it with
    :meth:`aclear`; all else raises Django's ``SynchronousOnlyOperation`` there.
    """

    __hash__ = None  # type: ignore[assignment]

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Show what is queued from now on. No row is deleted."""
        self._after: int = written().aggregate(last=Max("pk"))["last"] or 0

    async def aclear(self) -> None:
        """Do what :meth:`clear` does, for asynchronous code."""
        self._after = (await written().aaggregate(last=Max("pk")))["last"] or 0

    def __len__(self) -> int:
        return self._rows().count()

    @overload
    def __getitem__(self, index: int) -> QueuedMessage: ...
    @overload
    def __getitem__(self, index: slice) -> list[QueuedMessage]: ...
    def __getitem__(self, index: int | slice) -> QueuedMessage | list[QueuedMessage]:
        found = list(self)
        try:
            return found[index]
        except IndexError:
            raise IndexError(f"There is no message {index} in {self!r}") from None

    def __iter__(self) -> Iterator[QueuedMessage]:
        return map(QueuedMessage, list(self._rows()))

    async def __aiter__(self) -> AsyncIterator[QueuedMessage]:
        for one in await self.alist():
            yield one

    async def alist(self) -> list[QueuedMessage]:
        """Return the messages that it holds now, for asynchronous code."""
        return [QueuedMessage(row) async for row in self._rows()]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, JoinChatOutbox)):
            return list(self) == list(other)
        return NotImplemented

    def __repr__(self) -> str:
        found = list(self)
        number = len(found)
        lines = [f"{number} message{'' if number == 1 else 's'} queued", *map(repr, found[:SHOWN])]
        if number > SHOWN:
            lines.append(f"and {number - SHOWN} more")
        return f"<{type(self).__name__}: " + "\n  ".join(lines) + ">"

    def _rows(self) -> QuerySet[OutboxMessage]:
        rows = written().select_related("user", "template")
        return rows.filter(pk__gt=self._after).order_by("pk")


def outbox(
    *, attr_name: str | None = None, kwarg_name: str | None = None
) -> During[JoinChatOutbox]:
    """Show what is queued from now on::

        with outbox() as messages:
            place_order()
        assert [one.message for one in messages] == [Text("Thank you.")]

    It needs the database, and sends nothing and stops nothing. In asynchronous code::

        async with outbox() as messages:
            await aplace_order()
        assert [one.message for one in await messages.alist()] == [Text("Thank you.")]
    """
    return During(_opened, attr_name=attr_name, kwarg_name=kwarg_name)


@contextmanager
def _opened() -> Iterator[JoinChatOutbox]:
    yield JoinChatOutbox()
