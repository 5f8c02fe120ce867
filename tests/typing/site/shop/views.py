"""Pages that know how somebody is connected."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from joinchat_django import data_requests, linking
from joinchat_django.api import Recipient
from joinchat_django.jinja import joinchat_linked, joinchat_sdk


async def account(request: HttpRequest) -> HttpResponse:
    """The account, from an asynchronous view."""
    link = await linking.acurrent_link(await request.auser())
    since = link.linked_at.date() if link else None
    return render(request, "account.html", {"link": link, "since": since})


def landing(request: HttpRequest) -> HttpResponse:
    """A page without a template."""
    greeting = "Welcome back" if joinchat_linked(request.user) else "Hello"
    return HttpResponse(f"{greeting} {joinchat_sdk(nonce='…')}")


def leave(user: User) -> JsonResponse:
    """Everything about somebody, before it is forgotten."""
    addresses = [Recipient(email=user.email)]
    found = data_requests.export(user, recipients=addresses)
    linking.unlink(user)
    erased = data_requests.erase(user, recipients=addresses)
    return JsonResponse({"found": found, "complete": erased.is_complete})


def link_by_hand(user: User, uuid: str) -> bool:
    """Tie a user to a uuid."""
    try:
        return linking.link(user, uuid).is_active
    except linking.InvalidUUID:
        return False
