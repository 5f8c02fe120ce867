"""The admin of a site that allows no script and no style but those of its own files."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; "
    "connect-src 'self'; img-src 'self' data: https:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def strict(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send what a view answers with the policy. A middleware would come too late for a server
    that runs already.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Content-Security-Policy"] = POLICY
        return response

    return answer


def with_policy(patterns: list[Any]) -> list[Any]:
    """Return the patterns, with the policy around each view."""
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            with_policy(pattern.url_patterns)
        else:
            pattern.callback = strict(pattern.callback)
    return patterns


urlpatterns = [
    path("admin/", (with_policy(admin.site.get_urls()), "admin", admin.site.name)),
    path("joinchat/", include("joinchat_django.urls")),
]
