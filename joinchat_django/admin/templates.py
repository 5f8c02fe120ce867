"""Templates in the admin, written in the composer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from joinchat_django.models import MessageTemplate

from .choices import TagFilter
from .composer import MessageComposer, preview_of, send_test
from .composer.answers import composed, tried
from .composer.languages import first_language, language_name

#: What a new template begins with.
EXAMPLE = {"template_type": "text", "text": "Hello {{ user.first_name }}"}

#: The fields that the composer sets.
COMPOSED = ("language", "body", "variants", "tag", "is_promotional", "delay", "sample")


class MessageTemplateForm(forms.ModelForm):  # type: ignore[type-arg]
    """A template's name and slug, and the message itself in a :class:`MessageComposer`."""

    class Meta:
        model = MessageTemplate
        fields = ("name", "slug")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if self.instance.body is None:
            self.instance.body = EXAMPLE
            self.instance.language = first_language()
        data: Any = self.data if self.is_bound else None
        self.composer = MessageComposer(data, initial=self.instance)
        self._before = {name: getattr(self.instance, name) for name in COMPOSED}
        self._is_newer = False

    @property
    def seen(self) -> str:
        """Which version the page shows, or, once somebody else's was mentioned, that one."""
        if self.is_bound and not self._is_newer:
            return str(self.data.get("seen", ""))
        return self._version

    @property
    def _version(self) -> str:
        return self.instance.changed_at.isoformat() if self.instance.pk else ""

    def clean(self) -> None:
        """Refuse once to write over what somebody else has saved meanwhile."""
        super().clean()
        if self.instance.pk and self.data.get("seen", self._version) != self._version:
            self._is_newer = True
            self.add_error(
                None,
                _(
                    "Somebody else has changed this template meanwhile. What you wrote still "
                    "stands here: open the template in another tab to compare, or save again to "
                    "replace the other version."
                ),
            )

    def is_valid(self) -> bool:
        """Tell whether it is to be saved: a click on one of the composer's buttons is not."""
        return super().is_valid() and not self.composer.asked

    def full_clean(self) -> None:
        """Check everything, unless the composer is only asked to change something."""
        if self.is_bound and self.composer.asked:
            self._errors = ErrorDict()
            self.cleaned_data: dict[str, Any] = {}
            return
        super().full_clean()

    def _post_clean(self) -> None:
        if self.composer.is_valid():
            self.composer.apply_to(self.instance)
        super()._post_clean()  # type: ignore[misc]
        if self.composer.errors:
            self.add_error(None, _("The message is not ready to be saved yet."))

    def add_error(self, field: str | None, error: Any) -> None:
        """Hand on to the composer what the model says of the fields that are its own.

        What the composer has found itself is not said twice.
        """
        if isinstance(error, ValidationError) and hasattr(error, "error_dict"):
            found = error.error_dict
            is_said = bool(self.composer.errors)
            for name in [name for name in found if name not in self.fields and name != "__all__"]:
                # A tag that the settings no longer allow stays until somebody changes it.
                is_old = name == "tag" and self.instance.tag == self._before["tag"]
                if not (is_said or is_old):
                    for text in ValidationError(found[name]).messages:
                        self.composer.add_error(name, text)
                del found[name]
            if not found:
                return
        super().add_error(field, error)

    @cached_property
    def changed_data(self) -> list[str]:
        """The fields that were changed, for the history."""
        composed = [n for n in COMPOSED if getattr(self.instance, n) != self._before[n]]
        return [*super().changed_data, *composed]


class MessageTemplateAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Messages with variables, which code sends by slug and staff by name.

    Who may only view them sees what they look like.
    """

    form = MessageTemplateForm
    change_form_template = "admin/joinchat_django/messagetemplate/change_form.html"
    list_display = ("name", "slug", "languages", "tag", "is_promotional", "changed_at")
    list_filter = ("is_promotional", TagFilter)
    search_fields = ("name", "slug")
    fields = ("name", "slug")

    class Media:
        css = {"all": ("joinchat_django/admin/admin.css",)}  # noqa: RUF012

    @admin.display(description=_("languages"))
    def languages(self, template: MessageTemplate) -> str:
        """The languages that it is written in, the default one first."""
        return ", ".join(code or "–" for code in template.bodies)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Make the slug from the name of a new template; code knows an old one by its slug."""
        return {} if obj else {"slug": ("name",)}

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that the composer's script calls."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        return [
            path("compose/", view(self.compose_view), name=f"{name}_compose"),
            path("test/", view(self.test_view), name=f"{name}_test"),
            *super().get_urls(),
        ]

    def has_compose_permission(self, request: HttpRequest) -> bool:
        """Tell whether this visitor writes messages anywhere in the admin."""
        sends = ("joinchat_django.send_message", "joinchat_django.send_broadcast")
        return (
            self.has_add_permission(request)
            or self.has_change_permission(request)
            or any(map(request.user.has_perm, sends))
        )

    def compose_view(self, request: HttpRequest) -> HttpResponse:
        """Answer with the composer as the submitted form makes it. By POST; it writes nothing."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.has_compose_permission(request):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        return JsonResponse(composed(request))

    def test_view(self, request: HttpRequest) -> HttpResponse:
        """Send the submitted, unsaved message to the visitor. By POST."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm("joinchat_django.send_message"):
            raise PermissionDenied
        return JsonResponse(tried(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Show the composer, or previews to who may only look; send a test if asked to."""
        form = context["adminform"].form
        composer = form.composer
        if composer.wants_test:
            found = send_test(request, composer)
            messages.add_message(request, found.level, found.text)
        is_new = options.get("add") or (args and args[0])
        may_write = (
            self.has_add_permission(request)
            if is_new
            else self.has_change_permission(request, form.instance)
        )
        context |= {
            "composer": composer,
            "may_write": may_write,
            "may_test": request.user.has_perm("joinchat_django.send_message"),
            "previews": [] if may_write else self._previews(form.instance),
        }
        if may_write:
            context["media"] += composer.media
        else:
            context["media"] += forms.Media(css={"all": ["joinchat_django/preview.css"]})
        response = super().render_change_form(request, context, *args, **options)
        assert isinstance(response, TemplateResponse)  # noqa: S101
        return response

    def _previews(self, template: MessageTemplate) -> list[tuple[Any, SafeString]]:
        return [
            (language_name(code), preview_of(body, template.sample, code))
            for code, body in template.bodies.items()
        ]


admin.site.register(MessageTemplate, MessageTemplateAdmin)
