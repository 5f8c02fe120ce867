"""The shop in the admin: products to edit, orders to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from shop.models import Order, OrderLine, Product
from shop.money import format_money

if TYPE_CHECKING:
    from django.http import HttpRequest

admin.site.site_header = "Fern & Kettle"
admin.site.site_title = "Fern & Kettle"


@admin.register(Product)
class ProductAdmin(admin.ModelAdmin):
    """The shelf."""

    list_display = ("name", "price", "tagline", "position")
    list_editable = ("price", "position")
    search_fields = ("name", "tagline", "description")
    prepopulated_fields = {"slug": ("name",)}  # noqa: RUF012


class OrderLineInline(admin.TabularInline):
    """What was ordered, as it was ordered."""

    model = OrderLine
    fields = ("title", "price", "quantity")
    can_delete = False
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """Nobody adds to an order afterwards."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Order | None = None) -> bool:
        """Nobody changes an order afterwards."""
        return False


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """Orders; the address can be put right, the rest is as it was placed."""

    list_display = ("number", "name", "placed_at", "country", "order_total")
    list_filter = ("placed_at", "country")
    search_fields = ("name", "user__username")
    date_hierarchy = "placed_at"
    readonly_fields = ("number", "user", "placed_at", "payment", "shipping_cost", "order_total")
    inlines = (OrderLineInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Orders come from the shop."""
        return False

    @admin.display(description="total")
    def order_total(self, order: Order) -> str:
        """What the customer paid."""
        return format_money(order.total)
