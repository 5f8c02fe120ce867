"""A page with the tag and nothing else, under the policy that a middleware sets."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path
from django.utils.module_loading import import_string

from .urls import urlpatterns

MIDDLEWARE = {
    "django": "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django-csp": "csp.middleware.CSPMiddleware",
}

#: The tag as the README has it, by where its nonce comes from.
TAGS = {
    "hosts": "{% joinchat_sdk %}",
    "django": "{% joinchat_sdk nonce=csp_nonce %}",
    "django-csp": "{% joinchat_sdk nonce=request.csp_nonce %}",
}


def page(request: HttpRequest, tool: str, tag: str) -> HttpResponse:
    """Show one of ``TAGS`` through one of ``MIDDLEWARE``.

    It is about the view alone, since a running server does not read ``MIDDLEWARE`` again.
    """

    def show(request: HttpRequest) -> HttpResponse:
        # Made here, since it keeps the context processors that the settings name at that time.
        template = Template("{% load joinchat %}<!doctype html><title>A page</title>" + TAGS[tag])
        return HttpResponse(template.render(RequestContext(request)))

    response: HttpResponse = import_string(MIDDLEWARE[tool])(show)(request)
    return response


urlpatterns = [*urlpatterns, path("policy/<tool>/<tag>", page)]
