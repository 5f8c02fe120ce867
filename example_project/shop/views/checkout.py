"""Ordering, and looking at one's orders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from joinchat_django.linking import current_link
from shop.cart import Cart
from shop.forms import CheckoutForm
from shop.models import CouponUsed, Order

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.http import HttpResponse

    from shop.views.accounts import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def checkout(request: SignedInRequest) -> HttpResponse:
    """Ask for the address, then place the order for what is in the cart."""
    cart = Cart.of(request)
    if not cart.lines():
        messages.info(request, "Your cart is empty: there is nothing to order yet.")
        return redirect("shop:cart")
    if request.method == "POST":
        form = CheckoutForm(request.POST, user=request.user)
        if form.is_valid():
            delivery = dict(form.cleaned_data)
            with_coupon = bool(delivery.pop("coupon"))
            try:
                order = Order.objects.place(request.user, cart, delivery, with_coupon=with_coupon)
            except CouponUsed as error:
                form.add_error("coupon", str(error))
            else:
                cart.clear()
                return redirect("shop:thank-you", number=order.number)
    else:
        form = CheckoutForm(user=request.user, initial={"name": request.user.get_full_name()})
    return render(request, "shop/checkout.html", {"form": form})


@require_safe
@login_required
def order(request: SignedInRequest, number: str) -> HttpResponse:
    """One of the customer's own orders."""
    return render(request, "shop/order.html", {"order": _own_order(request.user, number)})


@require_safe
@login_required
def thank_you(request: SignedInRequest, number: str) -> HttpResponse:
    """The page after the checkout: the order, and whether the receipt goes to Messenger."""
    context = {"order": _own_order(request.user, number), "link": current_link(request.user)}
    return render(request, "shop/thank_you.html", context)


def _own_order(user: User, number: str) -> Order:
    match = re.fullmatch(r"A-(\d{4,18})", number)
    if match is None:
        raise Http404(f"There is no order {number}.")
    orders = user.orders.prefetch_related("lines__product")
    return get_object_or_404(orders, pk=int(match[1]))
