"""Broadcasts, and whom each is for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .columns import MYPY
from .templates import MessageTemplate

if TYPE_CHECKING:
    from .columns import (
        JSON,
        Chars,
        Count,
        Flag,
        LongText,
        MaybeMoment,
        MaybeSmall,
        Moment,
        UserKey,
    )


class Broadcast(models.Model):
    """One message to everybody in a selection, which is frozen when the broadcast is drafted.

    The rows of ``model`` that were selected stand in its :class:`BroadcastChunk`, in order. The
    first ``chunks_queued`` of them are done, and of the next one the first ``members_done``
    members. ``body``, ``language`` and ``variants`` are what is sent, whatever becomes of the
    ``template`` that they were taken from. ``reach`` says what was known of the selection when it
    was drafted, by bot. The counts say what has become of the members of the queued chunks, as
    those of ``BulkResult`` do.
    """

    class Status(models.TextChoices):
        """Where it stands; the last two are ends."""

        DRAFT = "draft", _("draft")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        FINISHED = "finished", _("finished")
        CANCELLED = "cancelled", _("cancelled")

    title: Chars = models.CharField(_("title"), max_length=200, blank=True, default="")
    status: Chars = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.DRAFT
    )
    #: Why it was paused by itself; empty for a person's pause.
    reason: LongText = models.TextField(_("reason"), blank=True, default="")
    bot: Chars = models.CharField(_("bot"), max_length=64, default="default")
    model: Chars = models.CharField(_("selected"), max_length=200)
    reach: JSON = models.JSONField(_("reach"), default=dict, blank=True, editable=False)

    template: models.ForeignKey[MessageTemplate | None, MessageTemplate | None] = models.ForeignKey(
        MessageTemplate,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("template"),
    )
    language: Chars = models.CharField(_("language"), max_length=20, blank=True, default="")
    body: JSON = models.JSONField(_("body"), null=True, blank=True)
    variants: JSON = models.JSONField(_("other languages"), default=dict, blank=True)
    tag: Chars = models.CharField(_("tag"), max_length=64, blank=True, default="")
    is_promotional: Flag = models.BooleanField(_("promotional"), default=False)
    delay: MaybeSmall = models.PositiveSmallIntegerField(
        _("delay in seconds"), null=True, blank=True
    )

    selected: Count = models.PositiveIntegerField(_("selected"), default=0)
    chunks: Count = models.PositiveIntegerField(default=0, editable=False)
    chunks_queued: Count = models.PositiveIntegerField(default=0, editable=False)
    members_done: Count = models.PositiveIntegerField(default=0, editable=False)
    #: Its messages that failed before this time are to be queued again.
    retry_before: MaybeMoment = models.DateTimeField(null=True, blank=True, editable=False)
    queued: Count = models.PositiveIntegerField(_("queued"), default=0)
    not_linked: Count = models.PositiveIntegerField(_("not linked"), default=0)
    failed: Count = models.PositiveIntegerField(_("faulty"), default=0)
    repeated: Count = models.PositiveIntegerField(_("repeated"), default=0)
    #: The first few of those whose message is faulty: ``[[key, error], …]``.
    errors: JSON = models.JSONField(default=list, blank=True, editable=False)

    if not MYPY:
        requested_by: UserKey
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    created_at: Moment = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    started_at: MaybeMoment = models.DateTimeField(_("started at"), null=True, blank=True)
    finished_at: MaybeMoment = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("broadcast")
        verbose_name_plural = _("broadcasts")
        ordering = ("-pk",)
        permissions = (("send_broadcast", _("Can send Messenger messages to large selections")),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(is_promotional=False) | models.Q(tag=""),
                name="joinchat_broadcast_promotional_without_tag",
            ),
        )
        indexes = (models.Index(fields=["status", "id"], name="joinchat_broadcast_status"),)

    def __str__(self) -> str:
        return self.title or f"#{self.pk}"

    @property
    def group(self) -> str:
        """The name that its rows in the outbox have in common."""
        return f"broadcast-{self.pk}"

    @property
    def message(self) -> MessageTemplate:
        """What is sent, as a template that is not in the database."""
        return MessageTemplate(
            name=str(self),
            language=self.language,
            body=self.body,
            variants=self.variants,
            tag=self.tag,
            is_promotional=self.is_promotional,
            delay=self.delay,
        )


class BroadcastChunk(models.Model):
    """A few hundred of a broadcast's members: primary keys of the selected rows."""

    broadcast: models.ForeignKey[Broadcast, Broadcast] = models.ForeignKey(
        Broadcast, on_delete=models.CASCADE, related_name="parts"
    )
    number: Count = models.PositiveIntegerField()
    members: JSON = models.JSONField()

    class Meta:
        verbose_name = _("part of a broadcast")
        verbose_name_plural = _("parts of a broadcast")
        constraints = (
            models.UniqueConstraint(fields=["broadcast", "number"], name="joinchat_chunk_unique"),
        )

    def __str__(self) -> str:
        return f"{self.broadcast} {self.number}"
