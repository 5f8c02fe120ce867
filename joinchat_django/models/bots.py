"""What all machines share about a bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .columns import JSON, Chars, Count, Flag, LongText, MaybeMoment, Moment


class BotState(models.Model):
    """What all machines know of a bot: whether it is paused, why, and until when.

    A paused bot sends nothing before ``paused_until``; None there means until somebody resumes
    it. A bot without a row was never paused. ``rejected_rows`` are the rows that were refused in a
    row in the words of ``last_rejection``, each with its recipient's digest. ``next_call_at`` is
    when the next call may begin that no worker has taken yet, for a bot whose rate is limited.
    """

    bot: Chars = models.CharField(_("bot"), max_length=64, primary_key=True)
    is_paused: Flag = models.BooleanField(_("paused"), default=False)
    paused_until: MaybeMoment = models.DateTimeField(_("paused until"), null=True, blank=True)
    pauses: Count = models.PositiveIntegerField(
        _("pauses in a row"),
        default=0,
        editable=False,
        help_text=_("Counts pauses since the last accepted message; each is longer."),
    )
    reason: LongText = models.TextField(_("reason"), blank=True, default="")
    last_rejection: LongText = models.TextField(blank=True, default="", editable=False)
    rejected_rows: JSON = models.JSONField(default=list, editable=False)
    next_call_at: MaybeMoment = models.DateTimeField(null=True, blank=True, editable=False)
    changed_at: Moment = models.DateTimeField(_("changed at"), auto_now=True)

    class Meta:
        verbose_name = _("bot")
        verbose_name_plural = _("bots")
        permissions = (("manage_bots", _("Can pause, resume and check Messenger bots")),)

    def __str__(self) -> str:
        return self.bot
