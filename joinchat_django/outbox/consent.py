"""Which rows of the outbox nobody wants any more: the user has taken the consent back since."""

from __future__ import annotations

from django.db.models import QuerySet

from joinchat_django.models import OutboxMessage

from .recipients import linked

#: The error of a row that is not queued again.
NO_LONGER_LINKED = (
    "Not sent again: the user is no longer linked to the uuid that this goes to, or is deactivated."
)


def no_longer_linked(rows: QuerySet[OutboxMessage]) -> set[int]:
    """Return the keys of those of some rows whose user no active link ties to their uuid.

    A page of rows at most. A row without a user, or to another kind of recipient, is none of them.
    """
    found = list(
        rows.filter(user__isnull=False, recipient_kind=OutboxMessage.RecipientKind.UUID)
        .order_by("pk")
        .values_list("pk", "user", "bot", "recipient_value")
    )
    if not found:
        return set()
    tied = linked({user for _pk, user, _bot, _uuid in found})
    return {pk for pk, user, bot, uuid in found if (user, bot, uuid) not in tied}
