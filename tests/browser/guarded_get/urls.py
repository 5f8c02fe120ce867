"""A site that mounts our URLs at its root, as the contract page's snippet needs it.

``arrivals`` tells what came to ``/save-uuid``, and what became of it.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path

from joinchat_django import urls
from tests.programs import node_module

from . import ways

SNIPPET = (Path(__file__).parent / "contract_snippet.html").read_text(encoding="utf-8")

#: What a service worker may do with what a page asks for.
WORKERS = {
    "by-address": "fetch(event.request.url)",
    "passed-along": "fetch(event.request)",
    "copied": "fetch(new Request(event.request))",
}
WORKER = """
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(HANDLING));
"""


@dataclass(frozen=True)
class Arrival:
    """A request to save a uuid: as whom, what the browser said of it, and the answer's status."""

    uuid: str
    username: str
    headers: dict[str, str]
    status: int

    @property
    def said(self) -> tuple[str | None, ...]:
        """Return site, mode and destination, as the browser gave them."""
        return tuple(self.headers.get(f"Sec-Fetch-{name}") for name in ("Site", "Mode", "Dest"))


class Arrivals:
    """The requests that came, for a test to wait for."""

    def __init__(self) -> None:
        self._came: list[Arrival] = []
        self._changed = threading.Condition()

    def add(self, arrival: Arrival) -> None:
        with self._changed:
            self._came.append(arrival)
            self._changed.notify_all()

    def clear(self) -> None:
        with self._changed:
            self._came.clear()

    def wait_for(self, uuid: str, patience: float = 15.0) -> Arrival:
        """Return the first request with this uuid, which may be still to come."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._with(uuid), patience), (
                f"{uuid} has not come; {[arrival.uuid for arrival in self._came]} have."
            )
            return self._with(uuid)[0]

    def _with(self, uuid: str) -> list[Arrival]:
        return [arrival for arrival in self._came if arrival.uuid == uuid]


arrivals = Arrivals()


def noted(pattern: URLPattern) -> URLPattern:
    """Return one of our paths, whose requests are noted."""
    view: Callable[[HttpRequest], HttpResponse] = pattern.callback

    @functools.wraps(view)
    def noting(request: HttpRequest) -> HttpResponse:
        response = view(request)
        arrivals.add(
            Arrival(
                uuid=request.GET.get("uuid", ""),
                username=request.user.get_username(),
                headers=dict(request.headers),
                status=response.status_code,
            )
        )
        return response

    return path(str(pattern.pattern), noting, name=pattern.name)


def trap(request: HttpRequest, way: str) -> HttpResponse:
    """Fetch the address that the query names, in one of the ways."""
    return HttpResponse(ways.page(way, request.GET["address"]))


def snippet(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        f'<!doctype html><title>A page</title><link rel=icon href="data:,">{SNIPPET}'
    )


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse('<!doctype html><title>A page</title><link rel=icon href="data:,">')


def worker(request: HttpRequest) -> HttpResponse:
    script = WORKER.replace("HANDLING", WORKERS[request.GET["handling"]])
    return HttpResponse(script, content_type="text/javascript")


def htmx(request: HttpRequest) -> HttpResponse:
    script = node_module("htmx.org/dist/htmx.min.js").read_bytes()
    return HttpResponse(script, content_type="text/javascript")


urlpatterns = [
    path("ways/<way>", trap),
    path("snippet", snippet),
    path("empty", empty),
    path("worker.js", worker),
    path("htmx.js", htmx),
    path("", include(([noted(pattern) for pattern in urls.urlpatterns], urls.app_name))),
]
