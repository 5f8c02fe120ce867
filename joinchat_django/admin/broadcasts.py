"""The list of broadcasts in the admin, and the addresses of their pages."""

from __future__ import annotations

import math
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from joinchat_django.models import Broadcast, OutboxMessage

from .broadcast_access import is_own, may_see_all, may_send
from .broadcast_controls import ControlPages
from .broadcast_drafts import DraftPages
from .quantities import count
from .status_labels import coloured_status

#: Which of the outbox's statuses mean that somebody still waits for a message.
_OPEN = (OutboxMessage.Status.QUEUED, OutboxMessage.Status.SENDING)


class BroadcastList(ChangeList):
    """A page of broadcasts, each with the number of its messages that still wait."""

    def get_results(self, request: HttpRequest) -> None:
        """Count by one query for those of the page that are under way."""
        super().get_results(request)
        moving = (Broadcast.Status.RUNNING, Broadcast.Status.PAUSED)
        groups = [row.group for row in self.result_list if row.status in moving]
        waiting: dict[str, int] = {}
        if groups:
            rows = OutboxMessage.objects.filter(group__in=groups, status__in=_OPEN)
            by_group = rows.order_by().values("group").annotate(number=Count("pk"))
            waiting = dict(by_group.values_list("group", "number"))
        for row in self.result_list:
            row.waiting = waiting.get(row.group, 0)


class BroadcastAdmin(DraftPages, ControlPages):
    """Broadcasts: everybody's for who may look at them, else one's own. Drafts are always private.

    They are made by the action "Send a Messenger message…" alone.
    """

    list_display = (
        "label",
        "status_label",
        "done",
        "selected_count",
        "queued_count",
        "requested_by",
        "created_at",
    )
    list_display_links = ("label",)
    list_filter = ("status",)
    list_select_related = ("requested_by",)
    search_fields = ("title",)
    show_full_result_count = False
    sortable_by = ()
    ordering = ("-pk",)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages that a broadcast is written, reviewed, watched and steered on."""
        views = {
            "compose": self.compose_view,
            "review": self.review_view,
            "discard": self.discard_view,
            "progress": self.progress_view,
            "advance": self.advance_view,
            "pause": self.pause_view,
            "resume": self.resume_view,
            "cancel": self.cancel_view,
            "retry": self.retry_view,
        }
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"joinchat_django_broadcast_{name}",
            )
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Leave out other people's drafts, and what the visitor may not see at all."""
        own = Q(requested_by=request.user.pk)
        seen = own | ~Q(status=Broadcast.Status.DRAFT) if may_see_all(request) else own
        return super().get_queryset(request).filter(seen)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BroadcastList

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether the visitor may look: at all of them, or at their own."""
        if may_see_all(request):
            return True
        return may_send(request) and (obj is None or is_own(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell whether a broadcast may be deleted: one that is over, and not several at once."""
        over = (Broadcast.Status.FINISHED, Broadcast.Status.CANCELLED)
        if obj is None or obj.status not in over:
            return False
        return request.user.has_perm("joinchat_django.delete_broadcast")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name the broadcasts and not the many parts of each."""
        return [str(each) for each in objs], {_("broadcasts"): len(objs)}, set(), []

    @admin.display(description=gettext_lazy("title"))
    def label(self, broadcast: Broadcast) -> str:
        """The title, or its number; what to do with a draft."""
        if broadcast.status == Broadcast.Status.DRAFT:
            return _("%s (continue editing)") % broadcast
        return str(broadcast)

    @admin.display(description=gettext_lazy("status"))
    def status_label(self, broadcast: Broadcast) -> SafeString:
        """The status, with its colour."""
        return coloured_status(broadcast)

    @admin.display(description=gettext_lazy("selected"))
    def selected_count(self, broadcast: Broadcast) -> str:
        """How many were selected."""
        return count(broadcast.selected)

    @admin.display(description=gettext_lazy("queued"))
    def queued_count(self, broadcast: Broadcast) -> str:
        """How many have a message in the outbox."""
        return count(broadcast.queued)

    @admin.display(description=gettext_lazy("progress"))
    def done(self, broadcast: Broadcast) -> Any:
        """How much of it is over."""
        if broadcast.status == Broadcast.Status.DRAFT:
            return None
        percent = _percent(broadcast)
        return format_html(
            '<progress class="joinchat-progress" max="100" value="{}" aria-label="{}"></progress>'
            ' <span class="joinchat-percent">{}</span>',
            percent,
            _("Progress of “%s”") % broadcast,
            _("%(percent)d%%") % {"percent": percent},
        )


def _percent(broadcast: Any) -> int:
    if broadcast.status == Broadcast.Status.FINISHED:
        return 100
    if not broadcast.selected:
        return 0
    seen = broadcast.queued + broadcast.not_linked + broadcast.failed + broadcast.repeated
    done = max(int(seen - broadcast.waiting), 0)
    return math.floor(100 * done / int(broadcast.selected))


admin.site.register(Broadcast, BroadcastAdmin)
