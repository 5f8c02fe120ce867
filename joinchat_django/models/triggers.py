"""What all machines share about a trigger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from .columns import BigCount, Chars, Flag, LongText, MaybeMoment


class TriggerState(models.Model):
    """What all machines know of a trigger: whether it is on, and how it has fared.

    A trigger without a row is on. The counts and times are written down every few seconds, and
    may lack what a process that was killed had not written yet.
    """

    name: Chars = models.CharField(_("trigger"), max_length=200, primary_key=True)
    is_active: Flag = models.BooleanField(_("on"), default=True)
    fired: BigCount = models.PositiveBigIntegerField(_("fired"), default=0)
    skipped: BigCount = models.PositiveBigIntegerField(_("skipped"), default=0)
    failed: BigCount = models.PositiveBigIntegerField(_("failed"), default=0)
    last_fired_at: MaybeMoment = models.DateTimeField(_("last fired"), null=True, blank=True)
    last_failed_at: MaybeMoment = models.DateTimeField(_("last failed"), null=True, blank=True)
    last_error: LongText = models.TextField(_("last error"), blank=True, default="")

    class Meta:
        verbose_name = _("trigger")
        verbose_name_plural = _("triggers")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
