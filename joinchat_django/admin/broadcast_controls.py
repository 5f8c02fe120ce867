"""The page of a broadcast that was started, and the buttons on it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import router
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from joinchat_django import broadcasts
from joinchat_django.api import InvalidMessage
from joinchat_django.broadcasts import Progress
from joinchat_django.broadcasts.audiences import audience_named
from joinchat_django.delivery.dispatchers import wake_on_commit
from joinchat_django.models import Broadcast, OutboxMessage
from joinchat_django.preview import render_message

from . import history
from .broadcast_access import may_control, may_read, may_send_to
from .broadcast_pages import BroadcastPages
from .broadcast_progress import Report

#: Seconds for which the pages of all visitors are told the same figures.
FRESH = 1


class ControlPages(BroadcastPages):
    """Progress, pause, resume, cancel, retry: for its owner, and for who may broadcast."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show how far it has come; a draft is gone on with."""
        broadcast = self.find(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        if broadcast.status == Broadcast.Status.DRAFT:
            return self.to_page(broadcast, "compose")
        report = Report(request, self.admin_site, broadcast)
        may_look = may_read(request, broadcast)
        who, preview = _preview(broadcast) if may_look else ("", None)
        context = {
            **report.context(),
            "may_read": may_look,
            "errors": _named_errors(broadcast) if may_look else [],
            "preview": preview,
            "preview_of": who,
            "may_delete": self.has_delete_permission(request, broadcast),
            "model_name": self.model_name(broadcast),
            **(extra_context or {}),
        }
        title = broadcast.title or _("Broadcast %s") % broadcast
        return self.page(request, broadcast, "change_form", title, context)

    def progress_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Tell the page's script how far it has come, as JSON."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        broadcast = self.find(request, object_id)
        return self._news(request, broadcast, _recent_progress(broadcast))

    def advance_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Wake delivery up where nothing else does, and tell what came of it. By POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        broadcast = self.find(request, object_id)
        if not may_control(request, broadcast):
            raise PermissionDenied
        if broadcast.status == Broadcast.Status.RUNNING:
            wake_on_commit(router.db_for_write(OutboxMessage))
            broadcast.refresh_from_db()
        return self._news(request, broadcast)

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hold back what has not been sent. By POST only."""
        return self._control(
            request, object_id, broadcasts.pause, history.PAUSED, _("It is paused.")
        )

    def resume_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go on with a paused one. By POST only."""
        return self._control(
            request, object_id, broadcasts.resume, history.RESUMED, _("It goes on."), sends=True
        )

    def cancel_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send nothing more of it, for good. By POST only."""
        told = _("It is cancelled. What had been sent before stays sent.")
        return self._control(request, object_id, broadcasts.cancel, history.CANCELLED, told)

    def retry_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Queue what failed once more. By POST only."""
        retry = broadcasts.retry_failed
        told = _("What failed is tried again.")
        return self._control(request, object_id, retry, history.TRIED_AGAIN, told, sends=True)

    def _control(
        self,
        request: HttpRequest,
        object_id: str,
        act: Callable[[Broadcast], object],
        record: str,
        told: str,
        *,
        sends: bool = False,
    ) -> HttpResponse:
        """Act on a broadcast, write down who did so, and lead back to its page."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        broadcast = self.find(request, object_id)
        if not may_control(request, broadcast):
            raise PermissionDenied
        if sends and not may_send_to(request, broadcast.selected):
            raise PermissionDenied
        if broadcast.status == Broadcast.Status.DRAFT:
            told = _("Nothing changed: this is a draft. Send it, or discard it.")
            self.message_user(request, told, messages.INFO)
        elif act(broadcast):
            self.log_change(request, broadcast, record)
            self.message_user(request, told, messages.SUCCESS)
        else:
            self.message_user(request, _("Nothing changed: it had moved on."), messages.INFO)
        return self.to_page(broadcast)

    def _news(
        self, request: HttpRequest, broadcast: Broadcast, progress: Progress | None = None
    ) -> HttpResponse:
        report = Report(request, self.admin_site, broadcast, progress)
        response = JsonResponse(report.as_json())
        response["Cache-Control"] = "no-store"
        return response


def _recent_progress(broadcast: Broadcast) -> Progress:
    """Return figures that are a second old at most, however many pages ask for them."""
    key = f"joinchat-progress-{broadcast.pk}-{broadcast.created_at.timestamp()}"
    found: Progress | None = cache.get(key)
    if found is None:
        found = broadcasts.progress(broadcast)
        cache.set(key, found, FRESH)
    return found


def _named_errors(broadcast: Broadcast) -> list[tuple[str, str]]:
    """Return the first faulty members by name, by key where there is no name any more."""
    keys = [key for key, _error in broadcast.errors]
    names: dict[str, str] = {}
    if keys:
        with suppress(LookupError):
            audience = audience_named(broadcast.model)
            rows = audience.queryset().filter(pk__in=keys)
            names = {str(row.pk): audience.name_of(row) for row in rows}
    return [(names.get(str(key), str(key)), error) for key, error in broadcast.errors]


def _preview(broadcast: Broadcast) -> tuple[str, SafeString]:
    """Return the message as the first person gets it, or as it was written if there is none."""
    with suppress(InvalidMessage, ImproperlyConfigured, LookupError):
        for tried in broadcasts.try_out(broadcast, limit=1):
            if tried.message is not None:
                return tried.who, render_message(tried.message)
    return "", render_message(broadcast.body or {})
