"""What a broadcast's pages in the admin have in common."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst

from joinchat_django.models import Broadcast

from .read_only import ReadOnlyAdmin


class BroadcastPages(ReadOnlyAdmin):
    """Finds a broadcast that the visitor may look at, and shows and addresses its pages."""

    class Media:
        css = {  # noqa: RUF012
            "all": (
                "joinchat_django/preview.css",
                "joinchat_django/admin/admin.css",
                "joinchat_django/admin/broadcast.css",
            )
        }
        js = ("joinchat_django/admin/broadcast.js",)

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Return a row that the visitor may know of, None for another; refuse who may see none."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return super().get_object(request, object_id, from_field)

    def find(self, request: HttpRequest, object_id: str) -> Broadcast:
        """Return a broadcast, 404 for one that the visitor does not get to see."""
        found: Broadcast | None = self.get_object(request, unquote(object_id))
        if found is None:
            raise Http404
        if not self.has_view_permission(request, found):
            raise PermissionDenied
        return found

    def address(self, page: str, *arguments: Any) -> str:
        """Return the address of a page of broadcasts on this admin site."""
        return reverse(
            f"admin:joinchat_django_broadcast_{page}",
            args=arguments,
            current_app=self.admin_site.name,
        )

    def to_page(self, broadcast: Broadcast, page: str = "change") -> HttpResponse:
        """Lead to one of a broadcast's pages."""
        return redirect(self.address(page, quote(broadcast.pk)))

    def page(
        self,
        request: HttpRequest,
        broadcast: Broadcast,
        name: str,
        title: str,
        context: dict[str, Any],
    ) -> HttpResponse:
        """Return a page within the admin's frame."""
        request.current_app = self.admin_site.name
        template = f"admin/joinchat_django/broadcast/{name}.html"
        frame = {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": None,
            "original": broadcast,
            "broadcast": broadcast,
            "opts": self.opts,
            "has_view_permission": True,
            "media": self.media,
        }
        return TemplateResponse(request, template, {**frame, **context})

    @staticmethod
    def model_name(broadcast: Broadcast) -> str:
        """Return what was selected, such as “Orders”."""
        try:
            return str(capfirst(apps.get_model(broadcast.model)._meta.verbose_name_plural))
        except (LookupError, ValueError):
            return broadcast.model
