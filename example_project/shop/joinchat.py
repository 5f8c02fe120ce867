"""The shop's triggers: which of its signals become messages. Found by ``joinchat_django``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from django.conf import settings

from joinchat_django import triggers
from shop.signals import order_placed

if TYPE_CHECKING:
    from shop.models import Order


@triggers.on(order_placed)
def order_receipt(sender: type[Order], order: Order, **kwargs: Any) -> triggers.Send:
    """Send the receipt of an order to the customer who placed it."""
    return triggers.Send(
        order.user,
        "order-receipt",
        context=receipt_context(order),
        tag="PAYMENT_UPDATE",
        idempotency_key=f"receipt-{order.pk}",
    )


def receipt_context(order: Order) -> dict[str, Any]:
    """What the template ``order-receipt`` may use of an order, as plain data."""
    return {
        "order": {
            "number": order.number,
            "name": order.name,
            "street": order.street,
            "city": order.city,
            "region": order.region,
            "postal_code": order.postal_code,
            "country": order.country,
            "payment": order.get_payment_display(),
            "currency": order.currency,
            "timestamp": str(int(order.placed_at.timestamp())),
            "url": _absolute(order.get_absolute_url()),
            "subtotal": order.subtotal,
            "shipping_cost": order.shipping_cost,
            "total": order.total,
        },
        "lines": [
            {
                "title": line.title,
                "subtitle": line.subtitle,
                "quantity": line.quantity,
                "total": line.total,
                "image_url": _absolute(line.product.picture_url),
            }
            for line in order.lines.select_related("product")
        ],
    }


def _absolute(path: str) -> str:
    site: str = settings.SITE_URL
    return urljoin(site, path)
