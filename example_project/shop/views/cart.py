"""Filling the cart. Everything that changes it is a POST and leads to the cart's page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from shop.cart import MAX_QUANTITY, Cart
from shop.forms import QuantityForm
from shop.models import Product
from shop.money import FREE_SHIPPING_FROM

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

BAD_QUANTITY = f"Please give a number from 1 to {MAX_QUANTITY}."


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """What is in the cart and what it costs."""
    context = {"free_from": FREE_SHIPPING_FROM, "max_quantity": MAX_QUANTITY}
    return render(request, "shop/cart.html", context)


@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Put some more pieces of a product in the cart."""
    product = get_object_or_404(Product, slug=slug)
    form = QuantityForm(request.POST)
    if not form.is_valid():
        messages.error(request, BAD_QUANTITY)
        return redirect(product)
    cart = Cart.of(request)
    wanted = cart.quantity(product) + form.cleaned_data["quantity"]
    if cart.set(product, wanted) < wanted:
        messages.warning(request, f"{product.name}: {MAX_QUANTITY} is the most we can send.")
    else:
        messages.success(request, f"{product.name} is in your cart.")
    return redirect("shop:cart")


@require_POST
def change(request: HttpRequest, slug: str) -> HttpResponse:
    """Have another number of pieces of a product."""
    product = get_object_or_404(Product, slug=slug)
    form = QuantityForm(request.POST)
    if form.is_valid():
        Cart.of(request).set(product, form.cleaned_data["quantity"])
        messages.success(request, f"{product.name}: quantity changed.")
    else:
        messages.error(request, BAD_QUANTITY)
    return redirect("shop:cart")


@require_POST
def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a product out of the cart."""
    product = get_object_or_404(Product, slug=slug)
    Cart.of(request).set(product, 0)
    messages.info(request, f"{product.name} is out of your cart.")
    return redirect("shop:cart")
