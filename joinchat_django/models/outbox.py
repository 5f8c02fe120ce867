"""What was, is or will be sent: the one source of truth."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from joinchat_django.api import Envelope, Message, Recipient, message_from_dict

from .columns import MYPY
from .fields import DigestField
from .indexes import SparseIndex

if TYPE_CHECKING:
    from .columns import (
        Chars,
        Count,
        Flag,
        LongText,
        MaybeChars,
        MaybeMoment,
        MaybeSmall,
        Moment,
        UserKey,
    )
    from .templates import MessageTemplate


class OutboxMessage(models.Model):
    """A message that was, is or will be sent: the one source of truth about it.

    ``content`` is the JSON text of exactly the message that goes out; with ``KEEP_CONTENT`` off it
    is empty once that is done. Only :mod:`joinchat_django.outbox` writes new rows, only
    :mod:`joinchat_django.delivery` sends them.
    """

    class Status(models.TextChoices):
        """Where a row is on its way; all but the first two are ends."""

        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")
        UNCERTAIN = "uncertain", _("uncertain")

    class RecipientKind(models.TextChoices):
        """Which of the contract's four keys names the recipient."""

        UUID = "uuid", _("uuid")
        ID = "id", _("facebook id")
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")

    bot: Chars = models.CharField(_("bot"), max_length=64, default="default")
    status: Chars = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.QUEUED
    )
    if not MYPY:
        user: UserKey
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="joinchat_messages",
        verbose_name=_("user"),
    )
    recipient_kind: Chars = models.CharField(
        _("recipient is a"), max_length=8, choices=RecipientKind
    )
    recipient_value: Chars = models.CharField(_("recipient"), max_length=255)
    recipient_digest = DigestField("recipient_kind", "recipient_value")

    content: LongText = models.TextField(_("content"))
    template_type: Chars = models.CharField(_("type"), max_length=16)
    tag: Chars = models.CharField(_("tag"), max_length=64, blank=True, default="")
    delay: MaybeSmall = models.PositiveSmallIntegerField(
        _("delay in seconds"), null=True, blank=True
    )

    template: models.ForeignKey[MessageTemplate | None, MessageTemplate | None] = models.ForeignKey(
        "MessageTemplate",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # joinchat_outbox_template
        verbose_name=_("template"),
    )
    trigger: Chars = models.CharField(_("trigger"), max_length=200, blank=True, default="")
    group: Chars = models.CharField(_("group"), max_length=100, blank=True, default="")
    if not MYPY:
        requested_by: UserKey
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # joinchat_outbox_requester
        verbose_name=_("requested by"),
    )
    idempotency_key: MaybeChars = models.CharField(  # noqa: DJ001
        _("idempotency key"), max_length=255, null=True, blank=True
    )
    idempotency_digest = DigestField("idempotency_key", null=True)

    created_at: Moment = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    send_at: Moment = models.DateTimeField(_("send at"), default=timezone.now)
    expires_at: MaybeMoment = models.DateTimeField(_("expires at"), null=True, blank=True)
    settled_at: MaybeMoment = models.DateTimeField(_("settled at"), null=True, blank=True)

    claim_token: Chars = models.CharField(max_length=32, blank=True, default="", editable=False)
    lease_until: MaybeMoment = models.DateTimeField(null=True, blank=True, editable=False)
    for_worker: Flag = models.BooleanField(default=False, editable=False)
    attempts: Count = models.PositiveIntegerField(_("attempts"), default=0)
    last_status: MaybeSmall = models.PositiveSmallIntegerField(
        _("HTTP status"), null=True, blank=True
    )
    last_error: LongText = models.TextField(_("error"), blank=True, default="")
    answer: LongText = models.TextField(_("JoinChat's answer"), blank=True, default="")

    class Meta:
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        permissions = (
            ("send_message", _("Can send Messenger messages")),
            ("read_content", _("Can read what Messenger messages say")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["bot", "idempotency_digest"], name="joinchat_outbox_idempotent"
            ),
        )
        indexes = (
            models.Index(fields=["bot", "status", "send_at", "id"], name="joinchat_outbox_due"),
            # Not by status, which each claim changes: what is open has not been settled.
            models.Index(
                fields=["bot", "recipient_digest", "settled_at", "id"], name="joinchat_outbox_lane"
            ),
            models.Index(fields=["status", "settled_at"], name="joinchat_outbox_settled"),
            SparseIndex(fields=["group", "status", "id"], name="joinchat_outbox_of_group"),
            SparseIndex(fields=["trigger", "id"], name="joinchat_outbox_of_trigger"),
            SparseIndex(fields=["template"], name="joinchat_outbox_template"),
            SparseIndex(fields=["requested_by"], name="joinchat_outbox_requester"),
        )

    def __str__(self) -> str:
        return f"#{self.pk} {self.template_type} → {self.recipient_value}"

    @property
    def recipient(self) -> Recipient:
        """Whom it goes to. Raises ``InvalidMessage`` for a row that says nonsense."""
        return Recipient(**{self.recipient_kind: self.recipient_value})

    @property
    def message(self) -> Message:
        """What goes out. Raises ``InvalidMessage`` or ``ValueError`` for a damaged row."""
        return message_from_dict(json.loads(self.content, parse_float=Decimal))

    @property
    def envelope(self) -> Envelope:
        """Recipient, message, tag and delay, as a backend takes them. Raises like the two."""
        return Envelope(self.recipient, self.message, self.tag or None, self.delay)
