"""The shop at the root, the admin, and the three small views of ``joinchat_django``."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("joinchat/", include("joinchat_django.urls")),
    path("", include("shop.urls")),
]
