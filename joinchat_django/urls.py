"""``path("joinchat/", include("joinchat_django.urls"))``. No path ends in a slash."""

from __future__ import annotations

from django.urls import path

from . import views

app_name = "joinchat"

urlpatterns = [
    path("save-uuid", views.save_uuid, name="save-uuid"),
    path("unlink", views.unlink, name="unlink"),
    path("csrf-token", views.csrf_token, name="csrf-token"),
]
