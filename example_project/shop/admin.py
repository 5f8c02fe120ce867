"""The shop in the admin: products to edit, orders to look at and to write to customers about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from joinchat_django.admin import SendMessageMixin
from joinchat_django.linking import current_link
from joinchat_django.models import OutboxMessage
from shop.message_contexts import receipt_context
from shop.models import Membership, Order, OrderLine, Product
from shop.money import format_money

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

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


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    """Who has how many points, and whether the coupon was used."""

    list_display = ("user", "points", "coupon", "coupon_used_at")
    list_select_related = ("user",)
    search_fields = ("user__username", "coupon")
    readonly_fields = ("user", "coupon", "coupon_used_at")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A membership begins with its customer."""
        return False


@admin.register(Order)
class OrderAdmin(SendMessageMixin, admin.ModelAdmin):
    """Orders; the address can be put right, and the parcel be sent on its way.

    The button "Mark as shipped" writes the parcel's number and tells the customer in Messenger,
    through the trigger ``shipping_news``. The action "Send a Messenger message…" writes to the
    customers of the selected orders, with ``{{ order.number }}``, ``{{ order.total }}`` and the
    like in the message.
    """

    list_display = ("number", "name", "placed_at", "status", "country", "order_total")
    list_filter = ("status", "placed_at", "country")
    search_fields = ("name", "user__username", "tracking_number")
    date_hierarchy = "placed_at"
    fieldsets = (
        (None, {"fields": ("number", "user", "placed_at")}),
        ("Parcel", {"fields": ("status", "tracking_number", "told")}),
        ("Address", {"fields": ("name", "street", "postal_code", "city", "region", "country")}),
        ("Payment", {"fields": ("payment", "discount", "shipping_cost", "order_total")}),
    )
    readonly_fields = (
        "number",
        "user",
        "placed_at",
        "status",
        "told",
        "payment",
        "discount",
        "shipping_cost",
        "order_total",
    )
    inlines = (OrderLineInline,)
    joinchat_prefetch = ("lines__product",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        """Fetch the lines, which the totals are of, for the whole page at once."""
        return super().get_queryset(request).prefetch_related("lines__product")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Orders come from the shop."""
        return False

    def joinchat_context(self, row: Order) -> dict[str, Any]:
        """Return what a message about an order may say of it."""
        return receipt_context(row)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **options: Any
    ) -> HttpResponse:
        """Offer the parcel's next step, and say whether the customer will hear of it."""
        order: Order | None = options.get("obj") or context.get("original")
        if order and order.next_status and self.has_change_permission(request, order):
            context["next_status"] = order.next_status
            context["customer_is_linked"] = current_link(order.user) is not None
        return super().render_change_form(request, context, *args, **options)

    def response_change(self, request: HttpRequest, obj: Order) -> HttpResponse:
        """Take the parcel's next step once the form was saved, if its button was pressed."""
        if "_move_on" not in request.POST:
            return super().response_change(request, obj)
        wanted = request.POST["_move_on"]
        if obj.next_status == wanted and obj.move_on():
            key = f"{obj.status}-{obj.pk}"
            told = OutboxMessage.objects.filter(group=obj.message_group, idempotency_key=key)
            outcome = "A message to the customer is queued." if told else "Nobody is told."
            messages.success(request, f"Order {obj} is {obj.get_status_display()}. {outcome}")
        else:
            messages.warning(request, f"Order {obj} is {obj.get_status_display()} already.")
        return redirect("admin:shop_order_change", obj.pk)

    @admin.display(description="Messenger")
    def told(self, order: Order) -> str:
        """What the customer was told about the order, with the way to each message."""
        rows = OutboxMessage.objects.filter(group=order.message_group).order_by("pk")
        return (
            format_html_join(
                mark_safe("<br>"),
                '<a href="{}">{}</a>, {}',
                (
                    (
                        reverse("admin:joinchat_django_outboxmessage_change", args=[row.pk]),
                        row.template.name if row.template else "a message",
                        row.get_status_display(),
                    )
                    for row in rows.select_related("template").defer("content")
                ),
            )
            or "nothing yet"
        )

    @admin.display(description="total")
    def order_total(self, order: Order) -> str:
        """What the customer paid."""
        return format_money(order.total)
