from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from joinchat_django.models import OutboxMessage
from joinchat_django.preview import render_message

from .choices import BotFilter
from .read_only import ReadOnlyAdmin

DELIVERY_FIELDS = ("attempts", "last_status", "last_error", "answer", "send_at", "expires_at")
ORIGIN_FIELDS = ("requested_by", "template", "trigger", "group", "idempotency_key")
REQUEST_FIELDS = ("bot", "recipient_kind", "recipient_value", "tag", "delay", "content_json")


class OutboxMessageAdmin(ReadOnlyAdmin):
    """What was, is or will be sent, newest first.

    The columns cannot be sorted by: the table may hold millions of rows, and only its key is
    sure to have an index.
    """

    list_display = (
        "status_label",
        "whom",
        "template_type",
        "template",
        "trigger",
        "created_at",
        "sent_at",
    )
    list_display_links = ("status_label", "whom")
    list_filter = ("status", BotFilter, "created_at")
    list_select_related = ("user", "template")
    show_full_result_count = False
    sortable_by = ()
    ordering = ("-pk",)
    fieldsets = (
        (None, {"fields": ("status_label", "user", "created_at", "settled_at")}),
        (_("Delivery"), {"fields": DELIVERY_FIELDS}),
        (_("Origin"), {"fields": ORIGIN_FIELDS}),
        (_("What goes out"), {"fields": REQUEST_FIELDS}),
    )
    readonly_fields = ("status_label", "content_json")

    class Media:
        css = {"all": ("joinchat_django/preview.css", "joinchat_django/admin/admin.css")}  # noqa: RUF012

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by recipient, by the user model's own name field, and by group."""
        return ("recipient_value", f"user__{get_user_model().USERNAME_FIELD}", "group")

    @admin.display(description=_("status"))
    def status_label(self, row: OutboxMessage) -> SafeString:
        """The status, with its colour."""
        return format_html(
            '<span class="joinchat-status joinchat-{}">{}</span>',
            row.status,
            row.get_status_display(),
        )

    @admin.display(description=_("recipient"))
    def whom(self, row: OutboxMessage) -> str:
        """The user, or what JoinChat knows the recipient by."""
        return str(row.user or f"{row.get_recipient_kind_display()} {row.recipient_value}")

    @admin.display(description=_("sent"))
    def sent_at(self, row: OutboxMessage) -> datetime | None:
        """When JoinChat took it."""
        return row.settled_at if row.status == OutboxMessage.Status.SENT else None

    @admin.display(description=_("message as JSON"))
    def content_json(self, row: OutboxMessage) -> SafeString:
        """The message, character by character; a dash for one that was not kept."""
        if not row.content:
            return self.get_empty_value_display()
        return format_html('<pre class="joinchat-json">{}</pre>', row.content)

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **options: Any
    ) -> HttpResponse:
        """Show the message above its facts."""
        context["preview"] = _preview(context["original"])
        return super().render_change_form(request, context, *args, **options)


def _preview(row: OutboxMessage) -> SafeString | None:
    """Return the message as Messenger shows it, None for a damaged one."""
    if not row.content and row.settled_at:
        words = _("The message was not kept: this site forgets what it said once it is sent.")
        return format_html('<p class="help">{}</p>', words)
    try:
        return render_message(json.loads(row.content, parse_float=Decimal))
    except ValueError:
        return None


admin.site.register(OutboxMessage, OutboxMessageAdmin)
