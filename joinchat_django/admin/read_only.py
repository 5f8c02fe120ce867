"""What the admin shows and nobody edits there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from . import history


class ReadOnlyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Rows that the app alone writes: staff may look at them."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Show what was done to a row, in the visitor's language."""
        page = super().history_view(request, object_id, extra_context)
        if isinstance(page, TemplateResponse):
            for entry in (page.context_data or {}).get("action_list", ()):
                entry.change_message = history.said(entry.change_message)
        return page
