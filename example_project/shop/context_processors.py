"""What every page of the shop shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shop.cart import Cart

if TYPE_CHECKING:
    from django.http import HttpRequest


def cart(request: HttpRequest) -> dict[str, Cart]:
    """``cart`` for the number in the page's header."""
    return {"cart": Cart.of(request)}
