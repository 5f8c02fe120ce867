from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from joinchat_django import conf
from joinchat_django.api import InvalidMessage, Text
from joinchat_django.models import MessageTemplate

from .audience import Audience
from .batches import Batch, BatchRefused
from .choices import bot_choices, tag_choices

#: The choice that takes a template's own tag off.
NO_TAG = "none"


class SendForm(forms.Form):
    """What to send to a selection: a template or a plain text, with a tag and over a bot."""

    template = forms.ModelChoiceField(
        label=_("Template"),
        queryset=MessageTemplate.objects.all(),
        required=False,
        empty_label=_("None: a plain text"),
        help_text=_("It is filled in for each person. It can use “user” and no other variable."),
    )
    text = forms.CharField(
        label=_("Plain text"),
        required=False,
        widget=AdminTextareaWidget,
        help_text=_("Instead of a template. At most 640 characters; everybody gets it as it is."),
    )
    bot = forms.ChoiceField(label=_("Bot"), choices=bot_choices)
    tag = forms.ChoiceField(
        label=_("Tag"),
        required=False,
        help_text=_(
            "Without a tag, only people who were active in the last 24 hours get the message. "
            "Never choose one for deals, coupons or discounts."
        ),
    )
    token = forms.UUIDField(widget=forms.HiddenInput)

    # The names of its inputs have to differ from those of the changelist, which takes them.
    prefix = "message"

    def __init__(self, audience: Audience, data: Any = None) -> None:
        self.audience = audience
        self.reach = audience.reach()
        best = self.reach[0].bot if self.reach else None
        super().__init__(data, initial={"token": uuid.uuid4(), "bot": best})
        own = ("", _("The template’s own, if it has one"))
        self.fields["tag"].choices = tag_choices(own, (NO_TAG, _("No tag")))  # type: ignore[attr-defined]
        if not audience.has_choice_of_bot or len(conf.bots()) == 1:
            del self.fields["bot"]

    def clean_text(self) -> Text | None:
        """Return the text as a message, with the line breaks that Messenger knows."""
        text = self.cleaned_data["text"].replace("\r\n", "\n")
        try:
            return Text(text) if text else None
        except InvalidMessage as error:
            problems = [replace(problem, path="") for problem in error.problems]
            raise forms.ValidationError([str(problem) for problem in problems]) from error

    def clean(self) -> None:
        """Want a template or a text, and not both."""
        super().clean()
        if self.errors:
            return
        template, text = self.cleaned_data["template"], self.cleaned_data["text"]
        if template and text:
            self.add_error("text", _("Choose a template or write a text, not both."))
        elif not (template or text):
            self.add_error("text", _("Write a text, or choose a template."))

    def batch(self, requested_by: Any) -> Batch:
        """Return what a valid form asks to send."""
        data = self.cleaned_data
        return Batch(
            content=data["template"] or data["text"],
            bot=data.get("bot") or next(iter(conf.bots())),
            tag="" if data["tag"] == NO_TAG else data["tag"] or None,
            token=data["token"].hex,
            requested_by=requested_by,
        )

    def refuse(self, refused: BatchRefused) -> None:
        """Put the reasons why a batch was refused at their fields."""
        content = "template" if self.cleaned_data["template"] else "text"
        self.add_error(
            None,
            ngettext(
                "Nothing was queued: the message is wrong for %(count)d person.",
                "Nothing was queued: the message is wrong for %(count)d people.",
                refused.failed,
            )
            % {"count": refused.failed},
        )
        for problem, text in refused.explained():
            field = "tag" if problem.path == "tag" else content
            self.add_error(field, text)
