"""Links in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from joinchat_django import linking
from joinchat_django.models import MessengerLink
from joinchat_django.models.fields import digest
from joinchat_django.models.primary import on_primary
from joinchat_django.outbox.batches import batched
from joinchat_django.outbox.withdrawing import TOGETHER
from joinchat_django.wording import localized

from .choices import BotFilter, bot_choices
from .sending import SendMessageMixin


class MessengerLinkForm(forms.ModelForm):  # type: ignore[type-arg]
    """A link to add, or the switch of one that is there."""

    bot = forms.ChoiceField(label=_("Bot"), choices=bot_choices)

    class Meta:
        model = MessengerLink
        fields = ("user", "bot", "uuid", "is_active")

    def clean_uuid(self) -> str:
        """Refuse what JoinChat would never hand over."""
        try:
            return linking.check_uuid(self.cleaned_data["uuid"])
        except linking.InvalidUUID as error:
            raise forms.ValidationError(localized(error.reason)) from error

    def clean(self) -> None:
        """Refuse a link that is there already; the digest that tells is no field of the form.

        Refuse, too, to switch on a link to a bot that the settings do not name.
        """
        super().clean()
        data = self.cleaned_data
        is_switched_on = "is_active" in self.changed_data and data.get("is_active")
        if is_switched_on and self.instance.bot not in dict(bot_choices()):
            self.add_error("is_active", _("There is no bot of this name any more."))
        if {"user", "bot", "uuid"} <= data.keys():
            same = MessengerLink.objects.filter(
                user=data["user"], bot=data["bot"], uuid_digest=digest(data["uuid"])
            )
            if same.exists():
                self.add_error("uuid", _("The user is linked to this uuid already."))


class MessengerLinkAdmin(SendMessageMixin, admin.ModelAdmin):  # type: ignore[type-arg]
    """Who is linked. A link can be added, switched off and deleted; whom it ties stays.

    All of this is what it is elsewhere: signals are sent, and what is queued is cancelled.
    """

    form = MessengerLinkForm
    list_display = ("user", "bot", "uuid", "is_active", "linked_at")
    list_display_links = ("user", "uuid")
    list_filter = ("is_active", BotFilter, "linked_at")
    list_select_related = ("user",)
    show_full_result_count = False
    ordering = ("-pk",)
    raw_id_fields = ("user",)
    actions = ("switch_off_selected",)

    class Media:
        css = {"all": ("joinchat_django/admin/admin.css",)}  # noqa: RUF012

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Search by the user model's own name field and by uuid."""
        return (f"user__{get_user_model().USERNAME_FIELD}", "uuid")

    def get_autocomplete_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Complete user names where this site has them and the visitor may see them."""
        users = get_user_model()
        if self.admin_site.is_registered(users):
            user_admin = self.admin_site.get_model_admin(users)
            if user_admin.get_search_fields(request) and user_admin.has_view_permission(request):
                return ("user",)
        return ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Leave out of a new link what it is born with."""
        new = ("user", "bot", "uuid")
        return (*new, "is_active", "linked_at") if obj else new

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Keep whom a link ties: another one would get the first one's messages."""
        return ("user", "bot", "uuid", "linked_at") if obj else ()

    @admin.action(description=_("Switch off selected links"), permissions=["change"])
    def switch_off_selected(self, request: HttpRequest, chosen: QuerySet[MessengerLink]) -> None:
        """Do for many what the form does for one."""
        keys = list(chosen.values_list("pk", flat=True))
        links = on_primary(MessengerLink)
        number = sum(
            linking.switch_off(links.filter(pk__in=some)) for some in batched(keys, TOGETHER)
        )
        told = ngettext("%(n)d link was switched off.", "%(n)d links were switched off.", number)
        self.message_user(request, told % {"n": number}, messages.SUCCESS)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Link and unlink as the site itself does, so that signals are sent."""
        if not change or "is_active" in form.changed_data:
            if obj.is_active:
                obj.pk = linking.link(obj.user, obj.uuid, obj.bot).pk
            else:
                linking.switch_off(on_primary(MessengerLink).filter(pk=obj.pk))


admin.site.register(MessengerLink, MessengerLinkAdmin)
