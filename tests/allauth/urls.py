from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tests.urls import urlpatterns as urls_of_suite


def home(request: HttpRequest) -> HttpResponse:
    """The page that people come to when they have signed in or out."""
    return HttpResponse(str(request.user))


urlpatterns = [*urls_of_suite, path("accounts/", include("allauth.urls")), path("", home)]
