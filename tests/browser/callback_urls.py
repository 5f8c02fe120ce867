"""Pages that define a callback of their own below the tag, each in another way."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path

from .urls import NONCE, OWN_CALLBACKS, policy, urlpatterns

_INLINE = '<script nonce="{{ nonce }}"%s>%s</script>'
_CHAIN = """
    const ours = window.joinchatSendToMessengerCallback;
    window.joinchatSendToMessengerCallback = (uuid) => { ours(uuid); tellTest('own', uuid); };
"""

#: What stands below the tag.
BELOW = {
    **{name: _INLINE % ("", OWN_CALLBACKS[name]) for name in ("let", "var", "function", "window")},
    "module": _INLINE % (' type="module"', OWN_CALLBACKS["window"]),
    "defer": '<script defer src="/own/window.js"></script>',
    "chained": _INLINE % ("", _CHAIN),
    "const": _INLINE % ("", OWN_CALLBACKS["const"]),
}


def page(request: HttpRequest, name: str) -> HttpResponse:
    """Show the tag, and one of ``BELOW`` below it."""
    template = Template(
        '{% load joinchat %}<!doctype html><title>A page</title><link rel="icon" href="data:,">'
        "{% joinchat_sdk %}" + BELOW[name]
    )
    response = HttpResponse(template.render(RequestContext(request, {"nonce": NONCE})))
    response["Content-Security-Policy"] = policy(f" 'nonce-{NONCE}'")
    return response


def own(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(OWN_CALLBACKS[name], content_type="text/javascript")


urlpatterns = [*urlpatterns, path("below/<name>", page), path("own/<name>.js", own)]
