"""The bots in the admin: how they fare, and the buttons that steer them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db import router
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from joinchat_django import conf
from joinchat_django.api.connection import ConnectionReport
from joinchat_django.backends.connections import calls_a_server, check_connection_of
from joinchat_django.delivery import pauses
from joinchat_django.delivery.dispatchers import wake_on_commit
from joinchat_django.models import BotState, OutboxMessage
from joinchat_django.signals import bot_paused

from . import history
from .bot_facts import BotFacts, every_bot, facts_of
from .connection_steps import steps
from .read_only import ReadOnlyAdmin

#: Characters of what somebody says who pauses a bot.
REASON_LENGTH = 500

#: Seconds for which a page may keep a person, and a web server's worker, waiting at most.
LONGEST_CHECK = 20.0


class BotStateAdmin(ReadOnlyAdmin):
    """The bots of the settings, and what else the outbox knows: how they fare, and a page each.

    Who has ``manage_bots`` may pause them, let them go on, and try their connections out.
    """

    @property
    def media(self) -> Media:
        """The styles and the script of these pages."""
        folder = "joinchat_django/admin/"
        styles = [f"{folder}admin.css", f"{folder}bots.css"]
        return Media(css={"all": styles}, js=[f"{folder}bots.js"])

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look who may manage bots, too."""
        return super().has_view_permission(request, obj) or self.has_manage_permission(request)

    def has_manage_permission(self, request: HttpRequest) -> bool:
        """Tell whether this visitor may pause, resume and check bots."""
        return request.user.has_perm("joinchat_django.manage_bots")

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that pause, resume and check a bot."""
        views = {"pause": self.pause_view, "resume": self.resume_view, "check": self.check_view}
        return [
            *(
                path(
                    f"<path:object_id>/{name}/",
                    self.admin_site.admin_view(view),
                    name=f"{self.opts.app_label}_{self.opts.model_name}_{name}",
                )
                for name, view in views.items()
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show every bot, whether or not anything is known of it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        title = capfirst(self.opts.verbose_name_plural)
        context = {
            "title": title,
            "bots": [(facts, self._address("change", facts.alias)) for facts in every_bot()],
            # What the list's template asks for its breadcrumbs and, under a strict policy, styles.
            "cl": {"opts": self.opts},
            "actions_on_top": True,
            **(extra_context or {}),
        }
        return self._page(request, "change_list.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show a bot, by its alias."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return self._bot_page(request, _known(object_id), **(extra_context or {}))

    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Hold a bot back until somebody resumes it. By POST only."""
        if refusal := self._refusal(request):
            return refusal
        alias = _known(object_id).alias
        words = " ".join(request.POST.get("reason", "").split())[:REASON_LENGTH]
        reason = _("Paused by %(name)s.") % {"name": request.user.get_username()}
        reason = f"{reason} {words}".rstrip()
        if pauses.pause_by_hand(alias, reason):
            bot_paused.send_robust(BotState, bot=alias, reason=reason)
            self.log_change(request, BotState(bot=alias), f"{history.PAUSED} {words}".rstrip())
            text = _("“%s” sends nothing until somebody resumes it. What is queued waits.")
            self.message_user(request, text % alias, messages.SUCCESS)
        else:
            self.message_user(request, _("“%s” is paused already.") % alias, messages.INFO)
        return redirect(self._address("change", alias))

    def resume_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Let a paused bot send again, and wake delivery up. By POST only."""
        if refusal := self._refusal(request):
            return refusal
        alias = _known(object_id).alias
        if pauses.resume(alias):
            wake_on_commit(router.db_for_write(OutboxMessage))
            self.log_change(request, BotState(bot=alias), history.RESUMED)
            self.message_user(request, _("“%s” sends again.") % alias, messages.SUCCESS)
        else:
            self.message_user(request, _("“%s” is not paused.") % alias, messages.INFO)
        return redirect(self._address("change", alias))

    def check_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Try a bot's connection out and show how far it came. By POST only; nothing is sent."""
        if refusal := self._refusal(request):
            return refusal
        facts = _known(object_id)
        if facts.settings is None or not calls_a_server(facts.settings):
            note = _("“%s” calls no server: there is no connection to check.")
            self.message_user(request, note % facts.alias, messages.INFO)
            return redirect(self._address("change", facts.alias))
        report = check_connection_of(facts.settings, longest=LONGEST_CHECK)
        return self._bot_page(request, facts, report=report)

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_manage_permission(request):
            raise PermissionDenied
        return None

    def _bot_page(
        self,
        request: HttpRequest,
        facts: BotFacts,
        report: ConnectionReport | None = None,
        **more: Any,
    ) -> HttpResponse:
        bot = facts.settings
        is_encrypted = bot is not None and urlsplit(bot.api_url).scheme == "https"
        context = {
            "title": _("Bot “%s”") % facts.alias,
            "original": facts.alias,
            "has_view_permission": True,
            "facts": facts,
            "rate": _rate(),
            "may_manage": self.has_manage_permission(request),
            "has_connection": bot is not None and calls_a_server(bot),
            "report": report,
            "steps": list(steps(report, is_encrypted=is_encrypted)) if report else None,
            "outbox_url": self._outbox_url(request),
            "reason_length": REASON_LENGTH,
            "has_history": self.get_object(request, facts.alias) is not None,
            **more,
        }
        for name in ("pause", "resume", "check", "history"):
            context[f"{name}_url"] = self._address(name, facts.alias)
        return self._page(request, "change_form.html", context)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
        request.current_app = self.admin_site.name
        whole = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "subtitle": None,
            **context,
        }
        return TemplateResponse(request, f"admin/joinchat_django/botstate/{template}", whole)

    def _address(self, page: str, alias: str) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(alias)], current_app=self.admin_site.name)

    def _outbox_url(self, request: HttpRequest) -> str:
        """Return the address of the outbox's list, or nothing for those who may not see it."""
        if not self.admin_site.is_registered(OutboxMessage):
            return ""
        outbox_admin = self.admin_site.get_model_admin(OutboxMessage)
        if not outbox_admin.has_view_permission(request):
            return ""
        name = "admin:joinchat_django_outboxmessage_changelist"
        return reverse(name, current_app=self.admin_site.name)


def _known(object_id: str) -> BotFacts:
    """Return a bot by the alias in an address. Raises ``Http404``."""
    facts = facts_of(unquote(object_id))
    if facts is None:
        raise Http404
    return facts


def _rate() -> float | None:
    """Return how many calls a second each bot makes at most; None also for faulty settings."""
    try:
        return conf.delivery().rate
    except ImproperlyConfigured:
        return None


admin.site.register(BotState, BotStateAdmin)
