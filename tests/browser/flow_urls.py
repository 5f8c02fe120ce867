"""The small site with what comes before and after a click: signing up, in and out."""

from __future__ import annotations

from django.contrib.auth import get_user_model, login
from django.contrib.auth.forms import BaseUserCreationForm
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template import RequestContext, Template
from django.urls import path

from . import urls

SIGN_UP = Template(
    "<!doctype html><title>Sign up</title>"
    '<form method="post">{% csrf_token %}{{ form }}<button>Sign up</button></form>'
)
LEAVE = Template(
    "<!doctype html><title>Leave</title>"
    '<form method="post" action="/sign-out">{% csrf_token %}<button>Sign out</button></form>'
)


class SignUpForm(BaseUserCreationForm):
    """A user name and a password, twice."""

    class Meta:
        model = get_user_model()
        fields = ("username",)


def sign_up(request: HttpRequest) -> HttpResponse:
    """Make an account and sign in."""
    form = SignUpForm(request.POST or None)
    if form.is_valid():
        login(request, form.save())
        return HttpResponseRedirect("/page")
    return HttpResponse(SIGN_UP.render(RequestContext(request, {"form": form})))


def leave(request: HttpRequest) -> HttpResponse:
    return HttpResponse(LEAVE.render(RequestContext(request)))


urlpatterns = [
    path("sign-up", sign_up),
    path("leave", leave),
    path("sign-out", LogoutView.as_view(next_page="/page")),
    *urls.urlpatterns,
]
