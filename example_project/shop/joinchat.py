"""The shop's triggers: which signals become messages. Found by ``joinchat_django``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from joinchat_django import triggers
from joinchat_django.models import MessengerLink
from joinchat_django.signals import user_linked
from shop.message_contexts import order_context, receipt_context, welcome_context
from shop.models import Membership, Order
from shop.signals import order_moved, order_placed

if TYPE_CHECKING:
    from joinchat_django.triggers import Send


@triggers.on(user_linked, sender=MessengerLink)
def welcome(sender: type[MessengerLink], link: MessengerLink, **kwargs: Any) -> Send | None:
    """Send points and a coupon as soon as a customer can be reached, once.

    A visitor who clicked before signing up is linked by the sign-up. A coupon is promotional: no
    tag, and the click has just opened the 24 hours in which none is needed.
    """
    membership = Membership.objects.of(link.user)
    if membership.coupon_used_at:
        return None
    return triggers.Send(
        link,
        "welcome",
        context=welcome_context(membership),
        idempotency_key=f"welcome-{link.user_id}",
    )


@triggers.on(order_placed)
def order_receipt(sender: type[Order], order: Order, **kwargs: Any) -> Send:
    """Send the receipt of an order to the customer who placed it."""
    return triggers.Send(
        order.user,
        "order-receipt",
        context=receipt_context(order),
        tag="PAYMENT_UPDATE",
        group=order.message_group,
        idempotency_key=f"receipt-{order.pk}",
    )


@triggers.on(order_moved)
def shipping_news(sender: type[Order], order: Order, **kwargs: Any) -> Send:
    """Tell the customer that the parcel was shipped, or that it has arrived."""
    return triggers.Send(
        order.user,
        f"order-{order.status}",
        context=order_context(order),
        tag="SHIPPING_UPDATE",
        group=order.message_group,
        idempotency_key=f"{order.status}-{order.pk}",
    )
