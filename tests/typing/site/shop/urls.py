from __future__ import annotations

from django.urls import include, path

from . import views

urlpatterns = [
    path("", views.landing),
    path("account/", views.account),
    path("joinchat/", include("joinchat_django.urls")),
]
