"""Which rows are somebody's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.db import router
from django.db.models import QuerySet

from joinchat_django.api import Recipient
from joinchat_django.delivery.figures import known_to_outbox
from joinchat_django.models import Broadcast, MessengerLink, OutboxMessage
from joinchat_django.models.fields import digest
from joinchat_django.outbox.rows import PAGE, written


class Person:
    """A user, or somebody who is none and has to be named by ``recipients``.

    Raises ``TypeError`` for what is neither a saved user nor None, and ``ValueError`` if nobody
    is named at all.
    """

    def __init__(self, user: Any, recipients: Iterable[Recipient] = ()) -> None:
        is_user = hasattr(user, "is_authenticated") and getattr(user, "pk", None) is not None
        if user is not None and not is_user:
            raise TypeError(f"A data request is about a saved user, not {type(user).__name__}.")
        self.user = user
        self.recipients = tuple(recipients)
        for recipient in self.recipients:
            if not isinstance(recipient, Recipient):
                raise TypeError(f"recipients= holds Recipients, not {type(recipient).__name__}.")
        if user is None and not self.recipients:
            raise ValueError("Without a user, recipients= has to name whom it is about.")

    def links(self) -> QuerySet[MessengerLink]:
        """Return all their links, on the database that they are written to."""
        if self.user is None:
            return _links().none()
        return _links().filter(user=self.user.pk)

    def messages(self) -> Iterator[QuerySet[OutboxMessage]]:
        """Yield querysets that find the messages to them, each along an index."""
        if self.user is not None:
            yield written().filter(user=self.user.pk)
        by_kind: dict[str, list[str]] = {}
        for one in self.recipients:
            by_kind.setdefault(one.kind, []).append(one.value)
        bots = known_to_outbox() if by_kind else []
        for kind, values in by_kind.items():
            for start in range(0, len(values), PAGE):
                yield _nobodys(bots, kind, values[start : start + PAGE])

    def requested_messages(self) -> QuerySet[OutboxMessage]:
        """Return the messages that they asked for as a member of the staff."""
        if self.user is None:
            return written().none()
        return written().filter(requested_by=self.user.pk)

    def requested_broadcasts(self) -> QuerySet[Broadcast]:
        """Return the broadcasts that they asked for."""
        broadcasts = Broadcast.objects.using(router.db_for_write(Broadcast))
        if self.user is None:
            return broadcasts.none()
        return broadcasts.filter(requested_by=self.user.pk)

    def unmatched(self) -> list[Recipient]:
        """Return those of ``recipients`` to which no message without a user went."""
        bots = known_to_outbox()
        return [
            one for one in self.recipients if not _nobodys(bots, one.kind, [one.value]).exists()
        ]

    def unclaimed(self) -> dict[str, int]:
        """Return how many messages without a user went to each of their uuids, by the same bot.

        They are not theirs unless ``recipients`` names the uuid, which leaves it out here: a link
        proves nothing about a uuid, and others may have used it.
        """
        found: dict[str, int] = {}
        for bot, uuid in self.links().order_by("pk").values_list("bot", "uuid"):
            if Recipient(uuid=uuid) not in self.recipients and (
                count := _nobodys([bot], "uuid", [uuid]).count()
            ):
                found[uuid] = found.get(uuid, 0) + count
        return found


def _nobodys(bots: list[str], kind: str, values: list[str]) -> QuerySet[OutboxMessage]:
    """Return the messages of some bots to addresses, byte by byte, that have no user."""
    digests = [digest(kind, value) for value in values]
    return written().filter(user=None, bot__in=bots, recipient_digest__in=digests)


def _links() -> QuerySet[MessengerLink]:
    return MessengerLink.objects.using(router.db_for_write(MessengerLink))
