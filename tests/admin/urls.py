"""A site with an admin of its own, beside the default one."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.contrib.auth import get_user_model
from django.contrib.auth.admin import UserAdmin
from django.urls import path

from joinchat_django.admin import BroadcastAdmin, SendMessageMixin
from joinchat_django.models import Broadcast


class CustomerAdmin(SendMessageMixin, UserAdmin):  # type: ignore[type-arg]
    pass


desk = AdminSite(name="desk")
desk.register(get_user_model(), CustomerAdmin)
desk.register(Broadcast, BroadcastAdmin)

urlpatterns = [path("desk/", desk.urls)]
