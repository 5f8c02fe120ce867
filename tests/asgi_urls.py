"""A site of asynchronous views: a page with the tag, an account page, a sign-in."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import alogin, get_user_model
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path

from joinchat_django import linking

TEMPLATES = {
    "page.html": "{% load joinchat %}<h1>A page</h1>{% joinchat_sdk %}",
    "account.html": "Linked: {{ link.uuid|default:'not yet' }}",
    "filter.html": "{% load joinchat %}{% if user|joinchat_linked %}Linked{% endif %}",
}


def render(request: HttpRequest, name: str, context: dict[str, Any] | None = None) -> HttpResponse:
    """Do what Django's ``render`` does, with one of the templates here."""
    template = Template(TEMPLATES[name])
    return HttpResponse(template.render(RequestContext(request, context)))


@login_not_required
async def page(request: HttpRequest) -> HttpResponse:
    return render(request, "page.html")


async def account(request: HttpRequest) -> HttpResponse:
    link = await linking.acurrent_link(await request.auser())
    return render(request, "account.html", {"link": link})


async def with_filter(request: HttpRequest) -> HttpResponse:
    return render(request, "filter.html")


@login_not_required
async def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in the one user that there is."""
    await alogin(request, await get_user_model().objects.aget())
    return HttpResponse("Welcome")


urlpatterns = [
    path("page", page),
    path("account", account),
    path("filter", with_filter),
    path("sign-in", sign_in),
    path("joinchat/", include("joinchat_django.urls")),
]
