"""A page with ``{% joinchat_sdk %}`` may be kept by a cache for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.test import Client
from django.urls import include, path
from django.views.decorators.cache import cache_page

from .saving import SAVE, TOKEN, links

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

made: list[str] = []


def page(request: HttpRequest) -> HttpResponse:
    """Count how often a cache did not have it."""
    made.append(request.path)
    template = Template("{% load joinchat %}<!doctype html><h1>A page</h1>{% joinchat_sdk %}")
    return HttpResponse(template.render(RequestContext(request)))


urlpatterns = [
    path("page", page),
    path("kept", cache_page(60)(page)),
    path("joinchat/", include("joinchat_django.urls")),
]


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    cache.clear()
    made.clear()
    yield
    cache.clear()


@pytest.fixture(params=["cache_page", "middleware"])
def address(request: pytest.FixtureRequest, settings: Any) -> str:
    """A page that one of Django's two ways keeps."""
    if request.param == "cache_page":
        return "/kept"
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    return "/page"


def browser_of(username: str | None = None) -> Client:
    """Return the browser of somebody who is signed in, or of an anonymous visitor."""
    client = Client(enforce_csrf_checks=True)
    if username:
        client.force_login(get_user_model().objects.create_user(username))
    return client


def test_it_is_made_once_for_users_and_visitors_alike(address: str) -> None:
    people = [browser_of("tom"), browser_of("jerry"), browser_of()]
    answers = [person.get(address) for person in people]
    assert made == [address]
    assert len({answer.content for answer in answers}) == 1
    for answer in answers:
        assert "joinchat.js" in answer.content.decode()
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert "private" not in answer["Cache-Control"]


def test_each_visitor_of_the_same_copy_is_linked_as_themselves(address: str) -> None:
    for username in ("tom", "jerry"):
        person = browser_of(username)
        person.get(address)
        token = person.get(TOKEN).json()["csrfToken"]
        form = {"uuid": f"uuid-of-{username}", "csrfmiddlewaretoken": token}
        assert person.post(SAVE, form).json() == {"linked": True}
    assert made == [address]
    assert links() == [
        ("tom", "default", "uuid-of-tom"),
        ("jerry", "default", "uuid-of-jerry"),
    ]
