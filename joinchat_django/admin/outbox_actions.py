"""What staff may do with messages of the outbox: try again, cancel, mark as done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import ModelAdmin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.utils import quote, unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from joinchat_django import broadcasts, outbox
from joinchat_django.models import DeliveryAttempt, OutboxMessage
from joinchat_django.models.primary import on_primary
from joinchat_django.outbox.recalling import ENDED_BADLY

from . import history
from .outbox_keys import is_key

Rows = QuerySet[OutboxMessage]
Status = OutboxMessage.Status


@dataclass(frozen=True)
class Recall:
    """A way to change one's mind about messages.

    ``statuses`` are those of the rows that it changes. It is applied to rows ``beside`` them, too,
    which it does not change but has a meaning for. ``limits`` says which others it leaves alone.
    ``button`` is its label where the list's, ``label``, would be misread.
    """

    name: str
    label: Any
    apply: Callable[[Sequence[OutboxMessage]], int]
    statuses: tuple[str, ...]
    remark: Callable[[int], str]
    limits: Any
    logged: str
    beside: tuple[str, ...] = ()
    logged_beside: str = ""
    button: Any = ""

    def changes(self, row: OutboxMessage) -> bool:
        """Tell whether it would change a row as it stands."""
        return row.status in self.statuses and (self is not RETRY or bool(row.content))

    def applies_to(self, row: OutboxMessage) -> bool:
        """Tell whether it has a meaning for a row."""
        return self.changes(row) or row.status in self.beside


RETRY = Recall(
    name="retry",
    label=gettext_lazy("Try again"),
    apply=broadcasts.retry_messages,
    statuses=ENDED_BADLY,
    remark=lambda n: ngettext(
        "%(n)d message is tried again.", "%(n)d messages are tried again.", n
    ),
    limits=gettext_lazy(
        "Only what failed, expired, was cancelled or is uncertain can be tried again, and only "
        "while the message is kept and its user is linked."
    ),
    logged=history.TRIED_AGAIN,
)
CANCEL = Recall(
    name="cancel",
    label=gettext_lazy("Cancel"),
    apply=outbox.cancel,
    statuses=(Status.QUEUED,),
    remark=lambda n: ngettext("%(n)d message was cancelled.", "%(n)d messages were cancelled.", n),
    limits=gettext_lazy(
        "Only what is queued can be cancelled. What is being sent just now is finished, but is not "
        "tried again."
    ),
    logged=history.CANCELLED,
    beside=(Status.SENDING,),
    logged_beside=history.CANCELLED_WHILE_SENT,
    button=gettext_lazy("Cancel the message"),
)
MARK_DONE = Recall(
    name="done",
    label=gettext_lazy("Mark as done"),
    apply=outbox.mark_done,
    statuses=(Status.UNCERTAIN,),
    remark=lambda n: ngettext(
        "%(n)d message was marked as done.", "%(n)d messages were marked as done.", n
    ),
    limits=gettext_lazy("Only what is uncertain can be marked as done."),
    logged=history.MARKED_AS_DONE,
)
RECALLS = (RETRY, CANCEL, MARK_DONE)


class PageActionForm(ActionForm):
    """The list's choice of an action, which is for the ticked rows of a page alone."""

    def clean_select_across(self) -> bool:
        """Take nothing for "all rows that match": there may be millions."""
        return False


class RecallActions(ModelAdmin):  # type: ignore[type-arg]
    """The three ways, as actions of the list and as buttons of a row's page.

    They need the permission to send messages. Nothing goes by GET. To try again what may have been
    delivered asks first: it may arrive twice.
    """

    action_form = PageActionForm
    actions = ("retry_selected", "cancel_selected", "mark_selected_done")

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Tell whether this visitor may send messages."""
        return request.user.has_perm("joinchat_django.send_message")

    def response_action(
        self, request: HttpRequest, *args: Any, **options: Any
    ) -> HttpResponse | None:
        """Pass over ticked keys that no row can have: databases refuse some of them."""
        posted: Any = request.POST.copy()
        keys = [key for key in posted.getlist(ACTION_CHECKBOX_NAME) if is_key(key)]
        posted.setlist(ACTION_CHECKBOX_NAME, keys)
        request.POST = posted
        return super().response_action(request, *args, **options)

    @admin.action(description=RETRY.label, permissions=["send"])
    def retry_selected(self, request: HttpRequest, chosen: Rows) -> HttpResponse | None:
        """Queue again what came to a bad end."""
        return self._recall_selected(request, RETRY)

    @admin.action(description=CANCEL.label, permissions=["send"])
    def cancel_selected(self, request: HttpRequest, chosen: Rows) -> HttpResponse | None:
        """Stop what has not gone."""
        return self._recall_selected(request, CANCEL)

    @admin.action(description=MARK_DONE.label, permissions=["send"])
    def mark_selected_done(self, request: HttpRequest, chosen: Rows) -> HttpResponse | None:
        """Take as sent what may have been."""
        return self._recall_selected(request, MARK_DONE)

    def get_urls(self) -> list[URLPattern]:
        """Add an address for each of the buttons."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path(
                f"<path:object_id>/{recall.name}/",
                self.admin_site.admin_view(partial(self.recall_view, recall=recall)),
                name=f"{name}_{recall.name}",
            )
            for recall in RECALLS
        ] + super().get_urls()

    def recall_view(self, request: HttpRequest, object_id: str, recall: Recall) -> HttpResponse:
        """Do one of the three with a row, by POST only, and lead back to its page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        row = self.get_object(request, unquote(object_id))
        if not (self.has_view_permission(request, row) and self.has_send_permission(request)):
            raise PermissionDenied
        if row is None:
            raise Http404
        page = reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_change",
            args=[quote(row.pk)],
            current_app=self.admin_site.name,
        )
        back = f"{page}?{request.GET.urlencode()}" if request.GET else page
        return self._recall(request, [row], recall, back) or redirect(back)

    def buttons_for(self, request: HttpRequest, row: OutboxMessage) -> list[Recall]:
        """Return what this visitor may do with a row as it stands."""
        if not self.has_send_permission(request):
            return []
        return [recall for recall in RECALLS if recall.applies_to(row)]

    def _recall_selected(self, request: HttpRequest, recall: Recall) -> HttpResponse | None:
        # Whatever the list is filtered by: a row may have changed since it was ticked.
        keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        rows = self.get_queryset(request).filter(pk__in=keys).order_by("pk")
        return self._recall(request, list(rows), recall, request.get_full_path())

    def _recall(
        self, request: HttpRequest, rows: list[OutboxMessage], recall: Recall, back: str
    ) -> HttpResponse | None:
        """Do it and say what became of it; or return the page that asks first."""
        mine = [row for row in rows if recall.changes(row)]
        is_confirmed = recall is not RETRY or request.POST.get("confirmed") == "yes"
        if not is_confirmed and (doubtful := _doubtful(mine)):
            return self._ask(request, rows, doubtful, back)
        done = recall.apply([row for row in rows if recall.applies_to(row)])
        beside = [row for row in rows if row.status in recall.beside]
        logged = [(row, recall.logged) for row in mine]
        _write_down(request, logged + [(row, recall.logged_beside) for row in beside])
        if done:
            self.message_user(request, recall.remark(done) % {"n": done}, messages.SUCCESS)
        others = [row for row in rows if row not in mine]
        if left := len(rows) - done:
            self.message_user(request, _why_not(left, others, recall), messages.WARNING)
        return None

    def _ask(
        self,
        request: HttpRequest,
        rows: list[OutboxMessage],
        doubtful: list[OutboxMessage],
        back: str,
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Try again?"),
            "rows": rows,
            "doubtful": doubtful,
            "can_be_done": any(MARK_DONE.changes(row) for row in doubtful),
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "action": request.POST.get("action", ""),
            "back": back,
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        template = "admin/joinchat_django/outboxmessage/confirm_retry.html"
        return TemplateResponse(request, template, context)


def _doubtful(rows: list[OutboxMessage]) -> list[OutboxMessage]:
    """Return those that may have been delivered, be it by an attempt before the last one."""
    keys = [row.pk for row in rows]
    logged = on_primary(DeliveryAttempt).filter(message__in=keys, in_doubt=True)
    in_doubt = set(logged.values_list("message", flat=True))
    return [row for row in rows if row.status == Status.UNCERTAIN or row.pk in in_doubt]


def _write_down(request: HttpRequest, done: list[tuple[OutboxMessage, str]]) -> None:
    """Log what somebody did with rows, by their numbers: whom they went to is not kept as long."""
    user: Any = request.user
    kind = ContentType.objects.get_for_model(OutboxMessage)
    LogEntry.objects.bulk_create(
        LogEntry(
            user_id=user.pk,
            content_type=kind,
            object_id=str(row.pk),
            object_repr=f"#{row.pk}",
            action_flag=CHANGE,
            change_message=words,
        )
        for row, words in done
    )


def _why_not(left: int, others: Sequence[OutboxMessage], recall: Recall) -> str:
    """Say how many rows stay as they are, by what they are, and why."""
    counts = Counter(str(row.get_status_display()) for row in others)
    kinds = ", ".join(f"{count} {status}" for status, count in sorted(counts.items()))
    words = ngettext("%(n)d message stays as it is", "%(n)d messages stay as they are", left) % {
        "n": left
    }
    return f"{words} ({kinds}). {recall.limits}" if kinds else f"{words}. {recall.limits}"
