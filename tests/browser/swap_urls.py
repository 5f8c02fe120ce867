"""A site whose pages a library swaps into the open document: htmx or Turbo."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import path

from tests.programs import node_module

from .urls import OWN_CALLBACKS, policy, urlpatterns

LIBRARIES = {
    "htmx": "htmx.org/dist/htmx.min.js",
    "turbo": "@hotwired/turbo/dist/turbo.es2017-umd.js",
}

#: Which bots a page has a tag for, and whether it has a callback of its own.
PAGES: dict[str, dict[str, Any]] = {
    "plain": {},
    "tagged": {"bots": ["default"]},
    "second": {"bots": ["second"]},
    "twice": {"bots": ["second", "default"]},
    "own": {"bots": ["default"], "own": True},
    "fragment": {"bots": ["default"]},
}

PAGE = Template(
    "{% load joinchat %}<!doctype html><title>{{ name }}</title>"
    '<link rel="icon" href="data:,">'
    '<meta name="htmx-config" content=\'{"includeIndicatorStyles": false}\'>'
    '<script src="/library/{{ library }}.js"></script>'
    '<body hx-boost="true"><h1>{{ name }}</h1>'
    '{% for page in pages %}<a href="/{{ library }}/{{ page }}">{{ page }}</a> {% endfor %}'
    '{% if own %}<script src="/own.js"></script>{% endif %}'
    "{% for bot in bots %}{% joinchat_sdk bot %}{% endfor %}"
    '<div id="place"><button hx-get="/htmx/fragment" hx-target="#place">Swap in</button></div>'
)
FRAGMENT = Template(
    "{% load joinchat %}<h2>A fragment</h2>{% joinchat_sdk %}"
    '<button hx-get="/htmx/fragment" hx-target="#place">Swap in</button>'
)


def page(request: HttpRequest, library: str, name: str) -> HttpResponse:
    """Show one of ``PAGES``, or the fragment that htmx asks for."""
    template = FRAGMENT if name == "fragment" else PAGE
    context = {"library": library, "name": name, "pages": PAGES, **PAGES[name]}
    response = HttpResponse(template.render(RequestContext(request, context)))
    # Turbo writes a style for its progress bar.
    response["Content-Security-Policy"] = f"{policy()}; style-src 'unsafe-inline'"
    return response


def library(request: HttpRequest, name: str) -> FileResponse:
    return FileResponse(node_module(LIBRARIES[name]).open("rb"), content_type="text/javascript")


def own(request: HttpRequest) -> HttpResponse:
    """Define the page's own callback, as a global function."""
    return HttpResponse(OWN_CALLBACKS["function"], content_type="text/javascript")


urlpatterns = [
    *urlpatterns,
    path("own.js", own),
    path("library/<name>.js", library),
    path("<library>/<name>", page),
]
