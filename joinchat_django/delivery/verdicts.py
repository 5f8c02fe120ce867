"""What the outcomes of calls mean for whole bots."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.signals import bot_paused

from . import pauses, rejections
from .announcing import Announcement
from .outcomes import Settlement

logger = logging.getLogger("joinchat_django.delivery")

Status = OutboxMessage.Status


@dataclass(frozen=True)
class Verdict:
    """What an outcome has changed for its bot.

    ``queued_again_after`` is how many attempts the row has left behind it, if it is queued again
    since its rejection was the bot's fault.
    """

    settlement: Settlement
    is_paused: bool = False
    is_resumed: bool = False
    queued_again_after: int | None = None

    def take_effect(self) -> Iterator[Announcement]:
        """Show in the row in hand what has changed, log it, and yield what is to be announced."""
        row, outcome = self.settlement.row, self.settlement.outcome
        if self.queued_again_after is not None:
            row.status = Status.QUEUED
            row.attempts = self.queued_again_after
        if self.is_paused:
            logger.warning("bot=%s outcome=paused", row.bot)
            yield Announcement(bot_paused, BotState, {"bot": row.bot, "reason": outcome.error})
        if self.is_resumed:
            logger.info("bot=%s outcome=resumed", row.bot)


def verdicts_on_bots(group: Sequence[Settlement]) -> Iterator[Verdict]:
    """Pause and resume bots as a group's outcomes demand, in their order, and yield the changes."""
    if not any(one.is_probe or one.outcome.says_of_bot for one in group):
        for bot in {one.row.bot for one in group if one.outcome.status == Status.SENT}:
            pauses.accepted(bot, by_probe=False)
        return
    for one in group:
        bot, outcome = one.row.bot, one.outcome
        if outcome.status == Status.SENT:
            yield Verdict(one, is_resumed=pauses.accepted(bot, by_probe=one.is_probe))
        elif outcome.is_rejection and (fault := _fault_of_bot(one)):
            paused = pauses.pause(bot, math.inf, outcome.error, by_probe=one.is_probe)
            yield Verdict(one, paused, queued_again_after=fault.attempts_of(one.row.pk))
        elif outcome.pause is not None:
            paused = pauses.pause(bot, outcome.pause, outcome.error, by_probe=one.is_probe)
            yield Verdict(one, is_paused=paused)
        elif one.is_probe and not outcome.called:
            pauses.give_back_probe(bot)


def _fault_of_bot(one: Settlement) -> rejections.BotsFault | None:
    return rejections.note(one.row, one.outcome.error, by_probe=one.is_probe)
