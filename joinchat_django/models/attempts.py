from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from .outbox import OutboxMessage


class DeliveryAttempt(models.Model):
    """A call, or an attempt at one, that did not deliver its message.

    What succeeds stands in the message's own row alone, which also repeats the last attempt.
    ``number`` counts the attempts that count, with this one. ``outcome`` is what the row came to:
    queued again, or its end. ``in_doubt`` tells that the call may have delivered it nevertheless.
    """

    message = models.ForeignKey(
        OutboxMessage,
        on_delete=models.CASCADE,
        related_name="failed_attempts",
        verbose_name=_("message"),
    )
    number = models.PositiveIntegerField(_("attempt"))
    made_at = models.DateTimeField(_("time"))
    outcome = models.CharField(_("outcome"), max_length=16, choices=OutboxMessage.Status.choices)
    http_status = models.PositiveSmallIntegerField(_("HTTP status"), null=True, blank=True)
    in_doubt = models.BooleanField(_("in doubt"), default=False)
    error = models.TextField(_("error"), blank=True, default="")
    answer = models.TextField(_("JoinChat's answer"), blank=True, default="")

    class Meta:
        verbose_name = _("failed attempt")
        verbose_name_plural = _("failed attempts")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"#{self.message_id} ({self.number})"
