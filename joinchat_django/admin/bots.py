from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_value, quote, unquote
from django.core.exceptions import PermissionDenied
from django.db import router
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from joinchat_django.delivery import pauses
from joinchat_django.delivery.dispatchers import wake_on_commit
from joinchat_django.models import BotState, OutboxMessage

from .read_only import ReadOnlyAdmin


class BotStateAdmin(ReadOnlyAdmin):
    """The bots that were ever paused. Who may change bots may let a paused one go on."""

    list_display = ("bot", "state", "until", "reason", "changed_at")
    list_filter = ("is_paused",)
    ordering = ("bot",)
    fields = ("bot", "state", "until", "pauses", "reason", "changed_at")
    readonly_fields = ("state", "until", "pauses", "changed_at")

    class Media:
        css = {"all": ("joinchat_django/admin/admin.css",)}  # noqa: RUF012

    @admin.display(description=gettext_lazy("state"))
    def state(self, state: BotState) -> SafeString:
        """Whether it sends."""
        kind, text = ("failed", _("paused")) if state.is_paused else ("sent", _("sends"))
        return format_html('<span class="joinchat-status joinchat-{}">{}</span>', kind, text)

    @admin.display(description=gettext_lazy("until"))
    def until(self, state: BotState) -> str | None:
        """When a paused bot tries again."""
        if not state.is_paused:
            return None
        if state.paused_until is None:
            return _("somebody resumes it")
        return str(display_for_value(state.paused_until, ""))

    def has_resume_permission(self, request: HttpRequest) -> bool:
        """Tell whether this visitor may resume bots."""
        return request.user.has_perm("joinchat_django.change_botstate")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.resume_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_resume"
        return [path("<path:object_id>/resume/", view, name=name), *super().get_urls()]

    def resume_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a paused bot send again, and wake delivery up. By POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_resume_permission(request):
            raise PermissionDenied
        state = self.get_object(request, unquote(object_id))
        if state is None:
            raise Http404
        if pauses.resume(state.pk):
            wake_on_commit(router.db_for_write(OutboxMessage))
            self.log_change(request, state, "Resumed.")
            self.message_user(request, _("“%s” sends again.") % state, messages.SUCCESS)
        else:
            self.message_user(request, _("“%s” is not paused.") % state, messages.INFO)
        change = reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_change",
            args=[quote(state.pk)],
            current_app=self.admin_site.name,
        )
        return redirect(change)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Say why a bot that works may be missing here."""
        note = {"subtitle": _("A bot stands here once it has been paused.")}
        return super().changelist_view(request, {**note, **(extra_context or {})})

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **options: Any
    ) -> HttpResponse:
        """Offer to resume a paused bot."""
        state = context.get("original")
        context["may_resume"] = state and state.is_paused and self.has_resume_permission(request)
        return super().render_change_form(request, context, *args, **options)


admin.site.register(BotState, BotStateAdmin)
