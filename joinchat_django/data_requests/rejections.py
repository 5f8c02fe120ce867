"""What is remembered of rejections in a row, which is not to outlive the rows themselves."""

from __future__ import annotations

from django.db import transaction

from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.models.primary import for_update, on_primary


def bots_with_rejections() -> list[str]:
    """Return the bots whose last message was refused."""
    rejected = on_primary(BotState).exclude(rejected_rows=[])
    return list(rejected.order_by("pk").values_list("pk", flat=True))


def drop_missing(bot: str) -> int:
    """Drop what is remembered of rejected rows that are gone, in one transaction; return how many.

    JoinChat's words go as well if that were all, unless the bot is paused for them.
    """
    states = on_primary(BotState)
    with transaction.atomic(using=states.db):
        state = for_update(states.filter(pk=bot)).first()
        if state is None:
            return 0
        keys = [pk for pk, _digest in state.rejected_rows]
        there = set(on_primary(OutboxMessage).filter(pk__in=keys).values_list("pk", flat=True))
        kept = [[pk, digest] for pk, digest in state.rejected_rows if pk in there]
        words = state.last_rejection if kept or state.is_paused else ""
        states.filter(pk=bot).update(rejected_rows=kept, last_rejection=words)
        return len(keys) - len(kept)
