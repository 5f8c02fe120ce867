"""A message's own page: what it says, what went out, and every attempt."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.utils import display_for_value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from joinchat_django.models import OutboxMessage
from joinchat_django.outbox.rows import held_until
from joinchat_django.preview import render_message

from .status_labels import coloured_status

Status = OutboxMessage.Status

#: Attempts that a page shows, the last ones. A bot that is paused for long may have made many.
ATTEMPTS = 50


@dataclass(frozen=True)
class Attempt:
    """An attempt as the page shows it; ``number`` is 0 for one that did not count."""

    number: int
    made_at: datetime.datetime | None
    status: str
    outcome: str
    http_status: int | None
    error: str
    answer: str


def attempts_of(row: OutboxMessage) -> tuple[list[Attempt], bool]:
    """Return the last attempts at a row, the first of them first, and whether there are earlier.

    Those that failed are logged. One that delivered stands in the row alone, and so does the last
    one of a row that is older than the log.
    """
    logged = list(row.failed_attempts.order_by("-pk")[: ATTEMPTS + 1])
    is_cut = len(logged) > ATTEMPTS
    found = [
        Attempt(
            number=one.number,
            made_at=one.made_at,
            status=one.outcome,
            outcome=one.get_outcome_display(),
            http_status=one.http_status,
            error=one.error,
            answer=one.answer,
        )
        for one in reversed(logged[:ATTEMPTS])
    ]
    delivered = row.status == Status.SENT and not row.last_error
    unlogged = not logged and (row.last_error or row.last_status or row.attempts)
    if delivered or unlogged:
        found.append(
            Attempt(
                number=row.attempts,
                made_at=row.settled_at,
                status=row.status,
                outcome=row.get_status_display(),
                http_status=row.last_status,
                error=row.last_error,
                answer=row.answer,
            )
        )
    return found, is_cut


def preview_of(row: OutboxMessage) -> SafeString | None:
    """Return the message as Messenger shows it, None for a damaged one."""
    if not row.content and row.settled_at:
        words = _("The message was not kept: this site forgets what it said once it is sent.")
        return format_html('<p class="help">{}</p>', words)
    try:
        return render_message(json.loads(row.content, parse_float=Decimal))
    except ValueError:
        return None


class RowFacts(ModelAdmin):  # type: ignore[type-arg]
    """The facts of a row, each in words."""

    def has_read_permission(self, request: HttpRequest) -> bool:
        """Tell whether this visitor may see what messages say."""
        return request.user.has_perm("joinchat_django.read_content")

    @admin.display(description=gettext_lazy("status"))
    def status_label(self, row: OutboxMessage) -> SafeString:
        """The status, with its colour."""
        return coloured_status(row)

    @admin.display(description=gettext_lazy("recipient"))
    def whom(self, row: OutboxMessage) -> str:
        """The user, or what JoinChat knows the recipient by."""
        return str(row.user or f"{row.get_recipient_kind_display()} {row.recipient_value}")

    @admin.display(description=gettext_lazy("settled"))
    def ended_at(self, row: OutboxMessage) -> datetime.datetime | None:
        """When it came to its end."""
        return row.settled_at

    @admin.display(description=gettext_lazy("due"))
    def due(self, row: OutboxMessage) -> str:
        """When it is sent, or when it was to be."""
        if row.send_at >= held_until():
            # Held for ever: a time that no person has chosen, and that is none once it has ended.
            if row.status != Status.QUEUED:
                return str(self.get_empty_value_display())
            return _("held back until somebody lets it go on")
        at = str(display_for_value(row.send_at, self.get_empty_value_display()))
        if row.status == Status.QUEUED and row.send_at > timezone.now():
            return (_("%s, to be tried again") if row.attempts else _("%s, scheduled")) % at
        return at

    @admin.display(description=gettext_lazy("group"))
    def group_link(self, row: OutboxMessage) -> str:
        """The group, with a way to all of it."""
        return self._filtered("group", row.group)

    @admin.display(description=gettext_lazy("trigger"))
    def trigger_link(self, row: OutboxMessage) -> str:
        """The trigger, with a way to everything that it sent."""
        return self._filtered("trigger", row.trigger)

    @admin.display(description=gettext_lazy("message as JSON"))
    def content_json(self, row: OutboxMessage) -> SafeString:
        """The message, character by character; a dash for one that was not kept."""
        if not row.content:
            return self.get_empty_value_display()
        return format_html('<pre class="joinchat-json">{}</pre>', row.content)

    def _filtered(self, parameter: str, value: str) -> str:
        if not value:
            return self.get_empty_value_display()
        url = reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist",
            current_app=self.admin_site.name,
        )
        return format_html('<a href="{}?{}">{}</a>', url, urlencode({parameter: value}), value)
