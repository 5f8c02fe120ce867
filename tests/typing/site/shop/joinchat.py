"""The shop's triggers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models.signals import post_save
from django.dispatch import Signal

from joinchat_django import triggers
from joinchat_django.api import Text

from .models import Order

order_placed = Signal()


@triggers.on(order_placed)
def order_receipt(sender: object, order: Order, **kwargs: Any) -> triggers.Send:
    """One message."""
    return triggers.Send(
        order.customer,
        "order-receipt",
        context={"number": order.number, "total": order.total},
        idempotency_key=f"receipt-{order.pk}",
    )


@triggers.on(post_save, sender=Order)
@triggers.on(order_placed, name="shop.shipping")
def shipping(sender: object, **kwargs: Any) -> list[triggers.Send] | None:
    """Several, or none."""
    order = kwargs.get("instance")
    if not isinstance(order, Order) or order.shipped_at is None:
        return None
    first = triggers.Send(order.customer, Text("Your parcel has left us."), tag="SHIPPING_UPDATE")
    return [first, triggers.Send(order.customer, [Text("One more thing:"), "thanks"])]


@triggers.on(order_placed)
def little_by_little(sender: object, order: Order, **kwargs: Any) -> Iterator[triggers.Send]:
    """Some, as they come to mind."""
    yield triggers.Send(order.customer, Text("Thank you."))
