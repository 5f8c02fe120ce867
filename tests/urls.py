"""The suite's site: Django's admin, and ours."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("joinchat/", include("joinchat_django.urls")),
]
