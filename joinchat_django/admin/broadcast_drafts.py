"""The pages of a draft: what to send, how that will look, and the button that sends it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import router, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from joinchat_django import broadcasts, conf
from joinchat_django.api import InvalidMessage
from joinchat_django.broadcasts import TryOut
from joinchat_django.broadcasts.audiences import audience_named
from joinchat_django.broadcasts.locking import locked
from joinchat_django.broadcasts.trying import is_same_for_all
from joinchat_django.models import Broadcast
from joinchat_django.models.fields import digest
from joinchat_django.models.primary import on_primary
from joinchat_django.preview import render_message
from joinchat_django.wording import told

from . import history
from .audience import Reach, reach_over
from .broadcast_access import may_see_samples, may_send, may_send_to
from .broadcast_pages import BroadcastPages
from .composer import MessageComposer
from .composer.testing import send_test
from .quantities import count, duration
from .send_form import CONTENT, SendForm, copy_template

#: People whom the review tries the message out for, and whom it names as not reached.
TRIED, NAMED = 20, 10

_SAVED = ("title", "bot", "template", *CONTENT)


class DraftPages(BroadcastPages):
    """Compose, review and discard: a draft's own pages, for whoever made it."""

    def compose_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask what to send, and keep it in the draft."""
        draft = self._draft(request, object_id)
        if draft.status != Broadcast.Status.DRAFT:
            return self.to_page(draft)
        data = _submitted(request)
        form, composer = SendForm(draft, data), MessageComposer(data, initial=draft)
        if composer.wants_test:
            tried = send_test(request, composer)
            self.message_user(request, tried.text, tried.level)
        if data is not None and not composer.asked and form.is_valid():
            if "_copy" in data and form.cleaned_data["template"]:
                form, composer = _copied(draft, form, with_sample=may_see_samples(request))
            elif form.sends_template or composer.is_valid():
                if not form.sends_template:
                    composer.apply_to(draft)
                form.apply_to(draft)
                return self.to_page(draft, "review" if _save(draft) else "change")
        reach = form.reach
        context = {
            "form": form,
            "composer": composer,
            "has_errors": bool(form.errors or (composer.errors and not _uses(form))),
            "reach": reach,
            "can_send": any(each.reached for each in reach),
            "model_name": self.model_name(draft),
            "selected": count(draft.selected),
            "may_test": request.user.has_perm("joinchat_django.send_message"),
            "media": self.media + form.media + composer.media,
        }
        return self.page(request, draft, "compose", _("Send a Messenger message"), context)

    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what will be sent and to whom; by POST, send it."""
        draft = self._draft(request, object_id)
        if draft.status != Broadcast.Status.DRAFT:
            return self.to_page(draft)
        if draft.body is None:
            return self.to_page(draft, "compose")
        errors: list[str] = []
        if request.method == "POST":
            errors = self._start(request, draft)
            if not errors:
                return self.to_page(draft)
        reach = reach_over(draft)
        most = reach.reached
        tried: list[TryOut] = []
        unreached: dict[str, Any] = {}
        is_wrong = False
        try:
            tried = broadcasts.try_out(draft, limit=TRIED)
            unreached = _unreached(draft, reach)
            most += 0 if is_same_for_all(draft) else reach.repeated
        except (InvalidMessage, LookupError, conf.UnknownBot) as error:
            is_wrong, errors = True, self._told(draft, error)
        context = {
            "errors": errors,
            "is_wrong": is_wrong,
            "reach": reach,
            "may_start": may_send_to(request, draft.selected),
            "reviewed": _fingerprint(draft),
            "estimate": _estimate(most),
            "reached": count(reach.reached),
            "most": count(most) if most > reach.reached else "",
            "model_name": self.model_name(draft),
            **unreached,
            **_shown(request, tried),
        }
        title = _("Review the message")
        return self.page(request, draft, "review", title, context)

    def discard_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Delete a draft. By POST only."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        draft = self._draft(request, object_id)
        if draft.status != Broadcast.Status.DRAFT:
            return self.to_page(draft)
        title = str(draft)
        using = router.db_for_write(Broadcast)
        with transaction.atomic(using=using):
            # It may have been started since it was read.
            locked(draft.pk)
            drafts = on_primary(Broadcast).filter(status=Broadcast.Status.DRAFT)
            deleted, _kinds = drafts.filter(pk=draft.pk).delete()
        if not deleted:
            return self.to_page(draft)
        note = _("The draft “%s” was discarded; nothing was sent.")
        self.message_user(request, note % title, messages.SUCCESS)
        return redirect(self.address("changelist"))

    def _start(self, request: HttpRequest, draft: Broadcast) -> list[str]:
        """Send a draft that was reviewed as it is, and return what is wrong with it if not."""
        if not may_send_to(request, draft.selected):
            raise PermissionDenied
        if request.POST.get("reviewed") != _fingerprint(draft):
            return [_("The message was changed in another window. Look at it again.")]
        try:
            audience_named(draft.model)
            with transaction.atomic(using=router.db_for_write(Broadcast)):
                broadcasts.start(draft, by=request.user)
                self.log_change(request, draft, history.STARTED)
        except (InvalidMessage, LookupError, conf.UnknownBot) as error:
            return self._told(draft, error)
        return []

    def _told(self, draft: Broadcast, error: Exception) -> list[str]:
        """Say what is wrong with a draft, and what to do."""
        if isinstance(error, InvalidMessage):
            return [told(problem) for problem in error.problems]
        if isinstance(error, conf.UnknownBot):
            gone = _("The bot “%s” is not set up any more. Go back and choose another one.")
            return [gone % draft.bot]
        unknown = _(
            "This site no longer knows whom “%s” stand for. Discard this draft, and ask whoever "
            "looks after the site to register them for broadcasts again."
        )
        return [unknown % self.model_name(draft)]

    def _draft(self, request: HttpRequest, object_id: str) -> Broadcast:
        """Return a broadcast that is the visitor's own to write, or was until it was sent."""
        if not may_send(request):
            raise PermissionDenied
        return self.find(request, object_id)


def _submitted(request: HttpRequest) -> QueryDict | None:
    """Return what was submitted. A button of the composer is for a message written here."""
    if request.method != "POST":
        return None
    data = request.POST.copy()
    if data.get("composer-op"):
        data["source"] = "own"
    return data


def _copied(
    draft: Broadcast, form: SendForm, *, with_sample: bool
) -> tuple[SendForm, MessageComposer]:
    """Return the page's forms with a copy of the chosen template to write on; nothing is saved."""
    data = form.cleaned_data
    copy_template(data["template"], draft)
    draft.title, draft.bot, draft.template = data["title"], data["bot"], None
    # Its preview wants something to fill in; a broadcast keeps no sample data.
    if with_sample:
        draft.sample = data["template"].sample  # type: ignore[attr-defined]
    return SendForm(draft), MessageComposer(None, initial=draft)


def _uses(form: SendForm) -> bool:
    """Whether a template is to be sent, so that what stands in the composer does not matter."""
    return bool(form["source"].value() == "template")


def _save(draft: Broadcast) -> bool:
    """Save what was written, and tell whether it still is a draft: it may have been sent since."""
    drafts = on_primary(Broadcast).filter(pk=draft.pk, status=Broadcast.Status.DRAFT)
    return bool(drafts.update(**{name: getattr(draft, name) for name in _SAVED}))


def _fingerprint(draft: Broadcast) -> str:
    """Tell contents apart, so that nobody sends what they have not looked at."""
    said = [getattr(draft, name) for name in (*CONTENT, "bot")]
    return digest(json.dumps(said, sort_keys=True))


def _estimate(reached: int) -> str | None:
    """Say how long it takes at least, where the settings limit the rate."""
    rate = conf.delivery().rate
    return duration(reached / rate) if rate else None


def _unreached(draft: Broadcast, reach: Reach) -> dict[str, Any]:
    """Name the first few who are not reached, and count the others."""
    named = broadcasts.unreached(draft, draft.bot, limit=NAMED) if reach.unreached else []
    more = max(reach.unreached - len(named), 0)
    return {
        "unreached": named,
        "more_unreached": more,
        "more_unreached_text": count(more),
    }


def _shown(request: HttpRequest, tried: list[TryOut]) -> dict[str, Any]:
    """Show the message for one of the first few people, and say for whom of them it is wrong."""
    wanted = request.GET.get("person", "")
    number = min(int(wanted), len(tried)) if wanted.isdecimal() and len(wanted) < 5 else 1
    shown = tried[max(number, 1) - 1] if tried else None
    return {
        "tried": len(tried),
        "person": max(number, 1),
        "previous": number - 1 if number > 1 else None,
        "next": number + 1 if number < len(tried) else None,
        "shown": shown,
        "preview": render_message(shown.message) if shown and shown.message else None,
        "faulty": [one for one in tried if one.problems],
    }
