from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from joinchat_django.api.envelopes import MAX_DELAY
from joinchat_django.models import MessageTemplate

from .choices import tag_choices
from .json_text import JSONText

#: What a new template begins with.
EXAMPLE = {"template_type": "text", "text": "Hello {{ user.first_name }}"}


class MessageTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A template; errors of its body and of its sample data stand at those."""

    body = JSONText(
        label=_("Body"),
        help_text=_("The message as JSON. {{ variables }} may stand in any text."),
    )
    sample = JSONText(
        label=_("Sample data"),
        required=False,
        help_text=_("Values for the variables, to try the template out with. Never sent."),
    )
    tag = forms.ChoiceField(
        label=_("Tag"),
        required=False,
        help_text=_("Lifts the 24-hour window. Never for deals, coupons or discounts."),
    )
    delay = forms.IntegerField(
        label=_("Delay"),
        required=False,
        min_value=0,
        max_value=MAX_DELAY,
        help_text=_("Seconds, 0 to 10. Keeps messages that follow each other in order."),
    )

    class Meta:
        model = MessageTemplate
        fields = ("name", "slug", "body", "sample", "tag", "delay")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "tag" in self.fields:
            # A tag that the settings no longer allow stays as it is until somebody changes it.
            known = [self.instance.tag]
            self.fields["tag"].choices = tag_choices(("", _("No tag")), known=known)  # type: ignore[attr-defined]

    def clean_sample(self) -> Any:
        """Take an empty field for no data."""
        return self.cleaned_data["sample"] or {}

    def add_error(self, field: str | None, error: Any) -> None:
        """Leave out what the model says of a field that this form has refused already."""
        if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            new = {name: e for name, e in error.error_dict.items() if name not in self.errors}
            error = ValidationError(new)
        super().add_error(field, error)


class MessageTemplateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Messages with variables, which code sends by slug and staff by name."""

    form = MessageTemplateForm
    list_display = ("name", "slug", "tag", "changed_at")
    search_fields = ("name", "slug")
    readonly_fields = ("created_at", "changed_at")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012  # Django's declaration
    fieldsets = (
        (None, {"fields": ("name", "slug")}),
        (_("Message"), {"fields": ("body", "sample")}),
        (_("Sending"), {"fields": ("tag", "delay")}),
    )

    class Media:
        css = {"all": ("joinchat_django/admin/admin.css",)}  # noqa: RUF012

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Add the history of a template that has one."""
        history = (_("History"), {"fields": ("created_at", "changed_at")})
        return (*self.fieldsets, history) if obj else self.fieldsets

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin a new template with one that works."""
        return {"body": EXAMPLE, **super().get_changeform_initial_data(request)}


admin.site.register(MessageTemplate, MessageTemplateAdmin)
