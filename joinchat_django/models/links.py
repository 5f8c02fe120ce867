"""Who is linked, and to which uuid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .columns import MYPY
from .fields import DigestField

if TYPE_CHECKING:
    from .columns import Chars, Flag, Moment, UserKey


class MessengerLink(models.Model):
    """A site user tied to the uuid that JoinChat knows a visitor by.

    One row for each user, bot and uuid. A user may have several: messages go to the one that was
    linked last among the active ones. One uuid may stand for several users.

    :mod:`joinchat_django.linking` switches links on and off; a ``save()`` or ``update()`` of
    ``is_active`` neither sends a signal nor cancels what is queued. Deleting links does both.
    """

    if not MYPY:
        user: UserKey
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="messenger_links",
        verbose_name=_("user"),
    )
    uuid: Chars = models.CharField(_("uuid"), max_length=255)
    uuid_digest = DigestField("uuid")
    bot: Chars = models.CharField(_("bot"), max_length=64, default="default")
    is_active: Flag = models.BooleanField(
        _("active"), default=True, help_text=_("Messages go to the newest active link.")
    )
    linked_at: Moment = models.DateTimeField(_("linked at"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("Messenger link")
        verbose_name_plural = _("Messenger links")
        constraints = (
            models.UniqueConstraint(
                fields=["user", "bot", "uuid_digest"], name="joinchat_link_unique"
            ),
        )
        indexes = (
            models.Index(
                fields=["user", "bot", "is_active", "linked_at"], name="joinchat_link_newest"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user} ↔ {self.uuid}"

    def save(self, *args: Any, **options: Any) -> None:
        if options.get("update_fields") is not None and "uuid" in options["update_fields"]:
            options["update_fields"] = {*options["update_fields"], "uuid_digest"}
        super().save(*args, **options)
