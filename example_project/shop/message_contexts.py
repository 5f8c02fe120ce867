"""What the shop's templates may use, as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.urls import reverse

from shop.models import COUPON_PERCENT

if TYPE_CHECKING:
    from shop.cart import CartLine
    from shop.models import Membership, Order

#: What Messenger's carousel holds.
_MOST_IN_CAROUSEL = 10


def welcome_context(membership: Membership) -> dict[str, Any]:
    """For ``welcome``: points and the coupon."""
    return {
        "points": membership.points,
        "coupon": membership.coupon,
        "percent": COUPON_PERCENT,
        "shop_url": _absolute(reverse("shop:home")),
    }


def cart_context(lines: list[CartLine]) -> dict[str, Any]:
    """For ``cart-reminder``: the first ten things in the cart."""
    return {
        "cart_url": _absolute(reverse("shop:cart")),
        "lines": [
            {
                "title": line.product.name,
                "subtitle": line.product.tagline,
                "quantity": line.quantity,
                "price": line.product.price,
                "image_url": _absolute(line.product.picture_url),
            }
            for line in lines[:_MOST_IN_CAROUSEL]
        ],
    }


def order_context(order: Order) -> dict[str, Any]:
    """For ``order-shipped`` and ``order-delivered``."""
    return {
        "order": {
            "number": order.number,
            "name": order.name,
            "city": order.city,
            "tracking_number": order.tracking_number,
            "url": _absolute(order.get_absolute_url()),
        }
    }


def receipt_context(order: Order) -> dict[str, Any]:
    """For ``order-receipt``: the order, its lines and what the coupon took off."""
    prefetch_related_objects([order], "lines__product")  # Unless it was done for many at once.
    return {
        "order": {
            **order_context(order)["order"],
            "street": order.street,
            "region": order.region,
            "postal_code": order.postal_code,
            "country": order.country,
            "payment": order.get_payment_display(),
            "currency": order.currency,
            "timestamp": str(int(order.placed_at.timestamp())),
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
            for line in order.lines.all()
        ],
        "discounts": [{"name": "Coupon", "amount": order.discount}] if order.discount else [],
    }


def _absolute(path: str) -> str:
    site: str = settings.SITE_URL
    return urljoin(site, path)
