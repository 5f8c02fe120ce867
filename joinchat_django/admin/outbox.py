"""The outbox in the admin: a list that is quick at any size, and a page for each message."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.admin import ShowFacets
from django.contrib.admin.options import IS_POPUP_VAR
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from joinchat_django.models import OutboxMessage

from .outbox_actions import RecallActions
from .outbox_changelist import AFTER, BEFORE, OutboxChangeList
from .outbox_filters import FILTERS, DateFilter, StatusFilter
from .outbox_overview import overview
from .outbox_row import RowFacts, attempts_of, preview_of
from .outbox_search import HELP
from .read_only import ReadOnlyAdmin

FACTS = ("status_label", "user", "created_at", "due", "expires_at", "settled_at", "attempts")
ORIGIN_FIELDS = ("requested_by", "template", "trigger_link", "group_link", "idempotency_key")
REQUEST_FIELDS = ("bot", "recipient_kind", "recipient_value", "template_type", "tag", "delay")


class OutboxMessageAdmin(RecallActions, RowFacts, ReadOnlyAdmin):
    """What was, is or will be sent, newest first.

    Who may send messages may try again, cancel and mark as done; nothing else is changed here.
    Who may not read content sees what became of a message and nothing that it says.

    The columns cannot be sorted by, and nothing is counted: the table may hold millions of rows.
    """

    list_display = (
        "status_label",
        "whom",
        "template_type",
        "template",
        "trigger",
        "created_at",
        "ended_at",
    )
    list_display_links = ("status_label", "whom")
    list_filter = FILTERS
    list_select_related = ("user", "template")
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    search_help_text = HELP
    search_fields = ("recipient_value",)
    sortable_by = ()
    ordering = ("-pk",)
    readonly_fields = ("status_label", "due", "trigger_link", "group_link", "content_json")

    class Media:
        css = {  # noqa: RUF012
            "all": (
                "joinchat_django/preview.css",
                "joinchat_django/admin/admin.css",
                "joinchat_django/admin/outbox.css",
            )
        }

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[OutboxChangeList]:
        """Page by primary key."""
        return OutboxChangeList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the filters' own parameters, and no comparison with what a message says."""
        own = {getattr(one, "parameter_name", "") for one in FILTERS}
        dates = {DateFilter.within, DateFilter.since, DateFilter.until}
        return lookup in own | dates | {StatusFilter.alias}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show what waits, and the last days, on top of the list's first page."""
        more = dict(extra_context or {})
        is_first = not ({BEFORE, AFTER, IS_POPUP_VAR} & request.GET.keys())
        if request.method == "GET" and is_first and self.has_view_permission(request):
            more["overview"] = overview()
        return super().changelist_view(request, more)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what a message says for those who may not read it."""
        may_read = self.has_read_permission(request)
        request_fields = (*REQUEST_FIELDS, "content_json") if may_read else REQUEST_FIELDS
        return (
            (None, {"fields": FACTS}),
            (_("Origin"), {"fields": ORIGIN_FIELDS}),
            (_("What goes out"), {"fields": request_fields}),
        )

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **options: Any
    ) -> HttpResponse:
        """Show the message above its facts and its attempts below them, as far as allowed."""
        row = context["original"]
        context["may_read"] = self.has_read_permission(request)
        context["preview"] = preview_of(row) if context["may_read"] else None
        context["attempts"], context["has_earlier_attempts"] = attempts_of(row)
        context["recalls"] = self.buttons_for(request, row)
        return super().render_change_form(request, context, *args, **options)


admin.site.register(OutboxMessage, OutboxMessageAdmin)
