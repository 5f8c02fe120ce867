"""The shop's orders in the admin, with the action that writes to their customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

from joinchat_django.admin import SendMessageMixin

from .models import Order

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin


@admin.register(Order)
class OrderAdmin(SendMessageMixin, ModelAdmin):
    """Messages to customers."""

    joinchat_user = "customer"
    joinchat_prefetch = ("customer",)

    def joinchat_context(self, row: Order) -> dict[str, Any]:
        """What a message may say of an order."""
        return {"order": {"number": row.number, "total": row.total}}
