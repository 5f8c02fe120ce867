"""How a message goes out: its tag, its delay, and whether it may have a tag at all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from joinchat_django.admin.choices import tag_choices, tag_purposes
from joinchat_django.api.envelopes import MAX_DELAY


class SendingForm(forms.Form):
    """Tag, delay, and the switch that forbids a tag."""

    is_promotional = forms.BooleanField(
        label=_("Promotional"),
        required=False,
        help_text=_("A deal, a coupon or a discount. Messenger forbids a tag on it."),
    )
    tag = forms.ChoiceField(
        label=_("Tag"),
        required=False,
        help_text=_("Without one, only people active in the last 24 hours get the message."),
    )
    delay = forms.IntegerField(
        label=_("Delay"),
        required=False,
        min_value=0,
        max_value=MAX_DELAY,
        help_text=_("Seconds, 0 to 10. Keeps messages that follow each other in order."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, data: Any, *, prefix: str, initial: dict[str, Any]) -> None:
        super().__init__(data, prefix=prefix, initial=initial)
        # A tag that the settings no longer allow stays as it is until somebody changes it.
        choices = tag_choices(("", _("No tag")), known=[str(initial.get("tag") or "")])
        self.fields["tag"].choices = choices  # type: ignore[attr-defined]
        for name, field in self.fields.items():
            field.widget.attrs["aria-describedby"] = f"id_{prefix}-{name}_help"
            if name == "tag":
                field.widget.attrs["aria-describedby"] += f" id_{prefix}-tag_purpose"

    def clean(self) -> None:
        """Refuse a tag on what is promotional."""
        super().clean()
        if self.cleaned_data.get("is_promotional") and self.cleaned_data.get("tag"):
            self.add_error(
                "tag",
                _("A promotional message must not have a tag. Choose “No tag”, or say it is none."),
            )

    @property
    def purposes(self) -> list[tuple[str, Any]]:
        """The tags to choose from with what Messenger permits each for."""
        return tag_purposes(self.fields["tag"].choices)  # type: ignore[attr-defined]

    @property
    def purpose(self) -> Any:
        """What Messenger permits the chosen tag for."""
        return dict(self.purposes).get(str(self["tag"].value() or ""), "")
