"""The action "Send a Messenger message…", which turns a selection into a draft to write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core import checks
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from joinchat_django import broadcasts
from joinchat_django.broadcasts.audiences import Audience, RowsWithUsers, audience_of
from joinchat_django.models import Broadcast

from .broadcast_access import LARGEST_SELECTION, may_send, may_send_to
from .quantities import count

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = object

ACTION = "send_messenger_message"


def may_start(request: HttpRequest) -> bool:
    """Tell whether this visitor may send messages.

    Raises ``PermissionDenied`` if they may not and ask for just that: Django would only remark
    that no action was selected.
    """
    if may_send(request):
        return True
    if request.method == "POST" and ACTION in request.POST.getlist("action"):
        raise PermissionDenied
    return False


def is_offered(self: admin.ModelAdmin[Any], request: HttpRequest) -> bool:
    """Tell whether a ``ModelAdmin`` that does not know the action offers it: the users' does."""
    if not issubclass(self.model, get_user_model()):
        return False
    return self.admin_site.is_registered(Broadcast) and may_start(request)


@admin.action(permissions=[ACTION], description=gettext_lazy("Send a Messenger message…"))
def send_messenger_message(
    modeladmin: admin.ModelAdmin[Any], request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Freeze the selection in a draft, and lead to the page that asks what to send.

    Needs the permission ``joinchat_django.send_message``, and for more than
    ``LARGEST_SELECTION`` rows ``joinchat_django.send_broadcast``. Nothing is sent before that is
    confirmed.
    """
    # One more than allowed says enough: whoever may send no more has no use for the exact number.
    if not may_send_to(request, queryset[: LARGEST_SELECTION + 1].count()):
        note = _(
            "You may send to %(most)s people at once, and more are selected; nothing was sent. "
            "Select fewer, or ask an administrator for the permission “%(permission)s”."
        )
        most = count(LARGEST_SELECTION)
        permission = _("Can send Messenger messages to large selections")
        told = note % {"most": most, "permission": permission}
        modeladmin.message_user(request, told, messages.ERROR)
        return None
    draft = broadcasts.draft(queryset, requested_by=request.user)
    compose = reverse(
        "admin:joinchat_django_broadcast_compose",
        args=[draft.pk],
        current_app=modeladmin.admin_site.name,
    )
    return redirect(compose)


class SendMessageMixin(_ModelAdmin):
    """Offers the action on a ``ModelAdmin`` whose rows are users or name one.

    It comes before the other bases: ``class CustomerAdmin(SendMessageMixin, UserAdmin)``. On an
    ``AdminSite`` of one's own, register ``Broadcast`` with :class:`.BroadcastAdmin`, too. Put such
    classes where Django's admin finds them in every process, in an app's ``admin.py``: a worker
    learns from them whose rows these are.
    """

    #: The rows' attribute that is the user; a longer path as in queries, ``order__user``.
    joinchat_user: ClassVar[str] = "user"

    #: What ``joinchat_context`` reads of other tables, as ``prefetch_related()`` takes it.
    joinchat_prefetch: ClassVar[Sequence[str | Prefetch[Any]]] = ()

    def __init__(self, model: type[Any], admin_site: admin.AdminSite) -> None:
        super().__init__(model, admin_site)
        self._path_error = self._make_known()
        if self.actions is not None:
            self.actions = [*self.actions, send_messenger_message]

    def _make_known(self) -> str:
        """Register the model if nobody has, and return what is wrong with the path to the user."""
        if broadcasts.is_known(self.model) and not _was_taken_off(audience_of(self.model)):
            return ""
        try:
            broadcasts.register(
                self.model,
                user=self.joinchat_user,
                context=self.joinchat_context,
                prefetch=self.joinchat_prefetch,
            )
        except ValueError as error:
            return str(error)
        return ""

    def joinchat_context(self, row: Any) -> dict[str, Any]:
        """Return what a message may say of a row, as plain data: strings, numbers, dates, lists.

        Of users and links it is not asked for.
        """
        return {}

    def has_send_messenger_message_permission(self, request: HttpRequest) -> bool:
        """Tell whether this visitor may send messages. See :func:`may_start`."""
        return self.admin_site.is_registered(Broadcast) and may_start(request)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Report what keeps the action from doing what this class says.

        An ``AdminSite`` that lacks the pages which it leads to (E010), a path that leads to no user
        (E012), and settings that are ignored since the model was registered with others (E013).
        """
        found = list(super().check(**kwargs))
        if not self.admin_site.is_registered(Broadcast):
            found.append(
                checks.Error(
                    f"{type(self).__name__} offers to send messages, and its admin site "
                    f"{self.admin_site.name!r} has no pages for that.",
                    hint="Register joinchat_django.models.Broadcast there with "
                    "joinchat_django.admin.BroadcastAdmin.",
                    obj=type(self),
                    id="joinchat.E010",
                )
            )
        if self._path_error:
            found.append(
                checks.Error(
                    f"{type(self).__name__}.joinchat_user is wrong: {self._path_error}",
                    hint="Name the path from a row to its user, as in a query: "
                    'joinchat_user = "order__customer".',
                    obj=type(self),
                    id="joinchat.E012",
                )
            )
        elif ignored := self._ignored():
            found.append(
                checks.Error(
                    f"{' and '.join(ignored)} of {type(self).__name__} are ignored: "
                    f"{self.model._meta.label} was registered for broadcasts before, with others.",
                    hint="Say it in one place: in the first ModelAdmin, which others can inherit "
                    "from, or in broadcasts.register() in the module joinchat of the app.",
                    obj=type(self),
                    id="joinchat.E013",
                )
            )
        return found

    def _ignored(self) -> list[str]:
        """Return which of this class's settings differ from those that the model is known by."""
        known = audience_of(self.model)
        if not isinstance(known, RowsWithUsers):
            return []  # Users and links need none.
        context = getattr(known.context, "__func__", known.context)
        differs = {
            "joinchat_user": self.joinchat_user != known.path,
            "joinchat_context": type(self).joinchat_context is not context,
            "joinchat_prefetch": tuple(self.joinchat_prefetch) != known.prefetch,
        }
        # What a class does not say for itself is nothing that it wants.
        return [
            name
            for name, is_other in differs.items()
            if is_other and getattr(type(self), name) is not getattr(SendMessageMixin, name)
        ]


def _was_taken_off(audience: Audience) -> bool:
    """Tell whether a model is known by a ``ModelAdmin`` that its site has unregistered since."""
    owner = getattr(getattr(audience, "context", None), "__self__", None)
    if not isinstance(owner, SendMessageMixin):
        return False
    site = owner.admin_site
    return not (site.is_registered(owner.model) and site.get_model_admin(owner.model) is owner)
