"""The attempts that did not deliver their message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from .outbox import OutboxMessage

if TYPE_CHECKING:
    from .columns import Chars, Count, Flag, LongText, MaybeSmall, Moment


class DeliveryAttempt(models.Model):
    """A call, or an attempt at one, that did not deliver its message.

    What succeeds stands in the message's own row alone, which also repeats the last attempt.
    ``number`` counts the attempts that count, with this one. ``outcome`` is what the row came to:
    queued again, or its end. ``in_doubt`` tells that the call may have delivered it nevertheless.
    """

    message: models.ForeignKey[OutboxMessage, OutboxMessage] = models.ForeignKey(
        OutboxMessage,
        on_delete=models.CASCADE,
        related_name="failed_attempts",
        verbose_name=_("message"),
    )
    number: Count = models.PositiveIntegerField(_("attempt"))
    made_at: Moment = models.DateTimeField(_("time"))
    outcome: Chars = models.CharField(
        _("outcome"), max_length=16, choices=OutboxMessage.Status.choices
    )
    http_status: MaybeSmall = models.PositiveSmallIntegerField(
        _("HTTP status"), null=True, blank=True
    )
    in_doubt: Flag = models.BooleanField(_("in doubt"), default=False)
    error: LongText = models.TextField(_("error"), blank=True, default="")
    answer: LongText = models.TextField(_("JoinChat's answer"), blank=True, default="")

    class Meta:
        verbose_name = _("failed attempt")
        verbose_name_plural = _("failed attempts")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"#{self.message_id} ({self.number})"
