"""The triggers in the admin, each with its switch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from joinchat_django import triggers
from joinchat_django.models import TriggerState
from joinchat_django.models.primary import on_primary

from . import history
from .read_only import ReadOnlyAdmin
from .signal_names import names_of, sender_name

#: So many triggers are shown that the code does not have any more.
FORMER = 50


@dataclass(frozen=True)
class TriggerFacts:
    """A trigger as the admin shows it. ``waits_for`` has signals with their senders.

    ``is_registered`` is false for one that this site's code does not have any more.
    """

    state: TriggerState
    module: str = ""
    doc: str = ""
    waits_for: tuple[tuple[str, str], ...] = ()
    is_registered: bool = True


class TriggerStateAdmin(ReadOnlyAdmin):
    """The triggers of the site's code, how they fare, and a switch for each.

    Who has ``change_triggerstate`` may switch; error texts are for those with ``read_content``.
    """

    @property
    def media(self) -> Media:
        """The styles of these pages."""
        folder = "joinchat_django/admin/"
        return Media(css={"all": [f"{folder}admin.css", f"{folder}bots.css"]})

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let those look who may switch, too."""
        return super().has_view_permission(request, obj) or self.has_switch_permission(request)

    def has_switch_permission(self, request: HttpRequest) -> bool:
        """Tell whether this visitor may switch triggers on and off."""
        return request.user.has_perm("joinchat_django.change_triggerstate")

    def get_urls(self) -> list[URLPattern]:
        """Add the address of a trigger's switch."""
        view = self.admin_site.admin_view(self.switch_view)
        name = f"{self.opts.app_label}_{self.opts.model_name}_switch"
        return [path("<path:object_id>/switch/", view, name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the registered triggers, and the latest of those that are not any more."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": capfirst(self.opts.verbose_name_plural),
            "subtitle": None,
            "opts": self.opts,
            "media": self.media,
            # What the list's template asks for its breadcrumbs and, under a strict policy, styles.
            "cl": {"opts": self.opts},
            "actions_on_top": True,
            "triggers": [
                (facts, self._address("switch", facts.state.pk)) for facts in _every_trigger()
            ],
            "may_switch": self.has_switch_permission(request),
            "may_read": request.user.has_perm("joinchat_django.read_content"),
            **(extra_context or {}),
        }
        template = "admin/joinchat_django/triggerstate/change_list.html"
        return TemplateResponse(request, template, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Lead to the list, which says all there is of a trigger."""
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request):
            raise PermissionDenied
        return redirect(self._address("changelist"))

    def switch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Switch a trigger on or off, as ``on`` says by 1 or 0. By POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_switch_permission(request):
            raise PermissionDenied
        name, wanted = unquote(object_id), request.POST.get("on")
        if name not in triggers.registry or wanted not in ("0", "1"):
            raise Http404
        on = wanted == "1"
        if triggers.switch(name, on=on):
            message = history.SWITCHED_ON if on else history.SWITCHED_OFF
            self.log_change(request, TriggerState(name=name), message)
        text = _("“%s” is on.") if on else _("“%s” is off: its signals send no messages.")
        self.message_user(request, text % name, messages.SUCCESS)
        return redirect(self._address("changelist"))

    def _address(self, page: str, *names: str) -> str:
        view = f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}"
        arguments = [quote(name) for name in names]
        return reverse(view, args=arguments, current_app=self.admin_site.name)


def _every_trigger() -> Iterator[TriggerFacts]:
    states = on_primary(TriggerState)
    known = {state.pk: state for state in states.filter(name__in=triggers.registry)}
    listenings = [one for trigger in triggers.registry.values() for one in trigger.listens_to]
    names = names_of(one.signal for one in listenings)
    for name, trigger in sorted(triggers.registry.items()):
        function = trigger.function
        yield TriggerFacts(
            known.get(name) or TriggerState(name=name),
            module=getattr(function, "__module__", ""),
            doc=_first_line(function),
            waits_for=tuple(
                (names.get(id(one.signal), _("a signal without a name")), sender_name(one.sender))
                for one in trigger.listens_to
            ),
        )
    former = states.exclude(name__in=triggers.registry).order_by("name")
    for state in former[:FORMER]:
        yield TriggerFacts(state, is_registered=False)


def _first_line(function: Any) -> str:
    """Return what a function says of itself; a callable object's class speaks for no trigger."""
    doc = function.__doc__ if hasattr(function, "__qualname__") else None
    return (doc or "").strip().partition("\n")[0]


admin.site.register(TriggerState, TriggerStateAdmin)
