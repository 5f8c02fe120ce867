"""The action "Send a Messenger message…", and the page between it and the outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from joinchat_django.models import OutboxMessage

from .audience import audience_of
from .batches import Batch, BatchRefused
from .send_form import SendForm

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = object

#: Rows that may be selected at once: they are all queued within the request.
MOST = 500

ACTION = "send_messenger_message"


def may_send(request: HttpRequest) -> bool:
    """Tell whether this visitor may send messages.

    Raises ``PermissionDenied`` if he may not and asks for just that: Django would only remark
    that no action was selected.
    """
    if request.user.has_perm("joinchat_django.send_message"):
        return True
    if request.method == "POST" and ACTION in request.POST.getlist("action"):
        raise PermissionDenied
    return False


def is_offered(self: admin.ModelAdmin[Any], request: HttpRequest) -> bool:
    """Tell whether a ``ModelAdmin`` that does not know the action offers it: the users' does."""
    return issubclass(self.model, get_user_model()) and may_send(request)


@admin.action(permissions=[ACTION], description=gettext_lazy("Send a Messenger message…"))
def send_messenger_message(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Ask what to send to the selected users or links, and queue it once that is confirmed.

    Needs the permission ``joinchat_django.send_message``. At most :data:`MOST` rows.
    """
    selected = list(queryset[: MOST + 1])
    if len(selected) > MOST:
        note = _("More than %(most)d are selected. Select fewer; nothing was sent.")
        modeladmin.message_user(request, note % {"most": MOST}, messages.ERROR)
        return None
    audience = audience_of(queryset.model, selected)
    if "confirmed" not in request.POST:
        return _page(modeladmin, request, SendForm(audience))
    form = SendForm(audience, request.POST)
    if form.is_valid():
        batch = form.batch(request.user)
        try:
            queued = batch.queue(audience)
        except BatchRefused as refused:
            form.refuse(refused)
        else:
            _report(modeladmin, request, batch, queued, skipped=len(selected) - queued)
            return None
    return _page(modeladmin, request, form)


class SendMessageMixin(_ModelAdmin):
    """Offers the action on a ``ModelAdmin`` for users or links, on any ``AdminSite``.

    It comes before the other bases: ``class CustomerAdmin(SendMessageMixin, UserAdmin)``.
    """

    def __init__(self, model: type[Any], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        if self.actions is not None:
            self.actions = [*self.actions, send_messenger_message]

    def has_send_messenger_message_permission(self, request: HttpRequest) -> bool:
        """Tell whether this visitor may send messages. See :func:`may_send`."""
        return may_send(request)


def _page(modeladmin: admin.ModelAdmin[Any], request: HttpRequest, form: SendForm) -> HttpResponse:
    fields = [name for name in form.fields if name != "token"]
    title = _("Send a Messenger message")
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": title,
        "subtitle": None,
        "original": title,
        "opts": modeladmin.opts,
        "has_view_permission": True,
        "adminform": helpers.AdminForm(form, [(None, {"fields": fields})], {}),  # type: ignore[arg-type]
        "errors": form.errors,
        "media": modeladmin.media + form.media,
        "selected": form.audience.selected,
        "reach": form.reach,
        "can_send": any(reach.linked for reach in form.reach),
        "action": ACTION,
        "action_checkbox_name": helpers.ACTION_CHECKBOX_NAME,
        "changelist_url": request.get_full_path(),
    }
    request.current_app = modeladmin.admin_site.name
    return TemplateResponse(request, "admin/joinchat_django/send_message.html", context)


def _report(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, batch: Batch, queued: int, skipped: int
) -> None:
    """Say how many messages were queued, where to watch them, and who was left out."""
    if queued:
        text = ngettext("%(count)d message was queued.", "%(count)d messages were queued.", queued)
        note: str = text % {"count": queued}
        site = modeladmin.admin_site
        if site.is_registered(OutboxMessage) and site.get_model_admin(
            OutboxMessage
        ).has_view_permission(request):
            outbox = reverse(
                "admin:joinchat_django_outboxmessage_changelist", current_app=site.name
            )
            link = '{} <a href="{}?group={}">{}</a>'
            note = format_html(link, note, outbox, batch.group, _("Watch them in the outbox"))
        modeladmin.message_user(request, note, messages.SUCCESS)
    if skipped:
        text = ngettext(
            "%(count)d of the selected has no active link and was skipped.",
            "%(count)d of the selected have no active link and were skipped.",
            skipped,
        )
        modeladmin.message_user(request, text % {"count": skipped}, messages.WARNING)
