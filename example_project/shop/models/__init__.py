"""What the shop sells and has sold, and what it knows of its customers."""

from __future__ import annotations

from .carts import SavedCart
from .catalogue import Product
from .memberships import COUPON_PERCENT, COUPON_USED, WELCOME_POINTS, Membership
from .orders import CouponUsed, Order, OrderLine

__all__ = [
    "COUPON_PERCENT",
    "COUPON_USED",
    "WELCOME_POINTS",
    "CouponUsed",
    "Membership",
    "Order",
    "OrderLine",
    "Product",
    "SavedCart",
]
