"""The form beside the composer, on the page that sends a message."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminRadioSelect, AdminTextInputWidget
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from joinchat_django.models import Broadcast, MessageTemplate

from .audience import reach_of
from .quantities import count

#: What a draft takes over from a template: all that says what is sent.
CONTENT = ("language", "body", "variants", "tag", "is_promotional", "delay")


class SendForm(forms.Form):
    """What is asked about a draft besides the message itself, and where that comes from."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        required=False,
        max_length=200,
        widget=AdminTextInputWidget,
        help_text=gettext_lazy("For your own list, such as “Spring news”. Nobody gets to read it."),
    )
    bot = forms.ChoiceField(label=gettext_lazy("Bot"))
    source = forms.ChoiceField(
        label=gettext_lazy("Message"),
        choices=[
            ("template", gettext_lazy("Send a template as it is")),
            ("own", gettext_lazy("Write the message here")),
        ],
        widget=AdminRadioSelect(attrs={"class": "joinchat-source"}),
    )
    template = forms.ModelChoiceField(
        label=gettext_lazy("Template"),
        queryset=MessageTemplate.objects.all(),
        required=False,
        empty_label=gettext_lazy("Choose one…"),
        help_text=gettext_lazy("To change something for this once, edit a copy of it."),
    )

    def __init__(self, broadcast: Broadcast, data: Any = None) -> None:
        self.reach = reach_of(broadcast)
        # A draft is born with a bot that nobody has chosen yet.
        is_chosen = broadcast.body is not None
        best = self.reach[0].bot if self.reach else None
        has_own = broadcast.body is not None and broadcast.template_id is None
        has_templates = MessageTemplate.objects.exists()
        super().__init__(
            data,
            initial={
                "title": broadcast.title,
                "bot": broadcast.bot if is_chosen else best,
                "template": broadcast.template_id,
                "source": "own" if has_own or not has_templates else "template",
            },
        )
        bots = [(reach.bot, _bot_label(reach.bot, reach.reached)) for reach in self.reach]
        self.fields["bot"].choices = bots  # type: ignore[attr-defined]
        if len(bots) == 1:
            self.fields["bot"].required = False
            self.fields["bot"].widget = forms.HiddenInput()
        if not has_templates:
            self.fields["source"].widget = forms.HiddenInput()

    def clean_bot(self) -> str:
        """Take the only bot for chosen."""
        return self.cleaned_data["bot"] or self.reach[0].bot

    def clean(self) -> None:
        """Want a template where one is to be sent."""
        super().clean()
        data = self.cleaned_data
        is_missing = data.get("source") == "template" and not data.get("template")
        if is_missing and "template" not in self.errors:
            self.add_error("template", _("Choose a template, or write the message here."))

    @property
    def sends_template(self) -> bool:
        """Whether a valid form asks for a template as it is."""
        return bool(self.cleaned_data["source"] == "template")

    def apply_to(self, broadcast: Broadcast) -> None:
        """Set title and bot of a draft, and the template with all that it says, if it is one."""
        broadcast.title = self.cleaned_data["title"]
        broadcast.bot = self.cleaned_data["bot"]
        broadcast.template = None
        if self.sends_template:
            copy_template(self.cleaned_data["template"], broadcast)
            broadcast.template = self.cleaned_data["template"]


def copy_template(template: MessageTemplate, broadcast: Broadcast) -> None:
    """Make a draft say what a template says now."""
    for name in CONTENT:
        setattr(broadcast, name, getattr(template, name))


def _bot_label(bot: str, reached: int) -> str:
    text = ngettext(
        "%(bot)s: reaches %(number)s person", "%(bot)s: reaches %(number)s people", reached
    )
    return text % {"bot": bot, "number": count(reached)}
