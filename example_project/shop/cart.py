"""The cart, kept in the visitor's session as ``{product id: quantity}``."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

from shop.models import Product
from shop.money import shipping_for

if TYPE_CHECKING:
    from django.contrib.sessions.backends.base import SessionBase

SESSION_KEY = "cart"
MAX_QUANTITY = 12


@dataclass(frozen=True)
class CartLine:
    """Some pieces of one product in a cart."""

    product: Product
    quantity: int

    @property
    def total(self) -> Decimal:
        """The price of all pieces."""
        return self.product.price * self.quantity


class Cart:
    """What a visitor wants to buy. At most 12 pieces of each product.

    A product that has left the shop leaves the cart with it.
    """

    def __init__(self, session: SessionBase) -> None:
        self._session = session
        self._quantities: dict[str, int] = dict(session.get(SESSION_KEY, {}))

    def quantity(self, product: Product) -> int:
        """How many pieces of ``product`` are in the cart."""
        return self._quantities.get(str(product.pk), 0)

    def set(self, product: Product, quantity: int) -> int:
        """Have so many pieces of ``product``, at most 12; 0 removes it. Returns how many."""
        quantity = max(0, min(quantity, MAX_QUANTITY))
        if quantity:
            self._quantities[str(product.pk)] = quantity
        else:
            self._quantities.pop(str(product.pk), None)
        self._save()
        return quantity

    def clear(self) -> None:
        """Take everything out."""
        self._quantities = {}
        self._save()

    def lines(self) -> list[CartLine]:
        """The lines in the order in which they were put in."""
        return self._lines

    @property
    def count(self) -> int:
        """How many pieces there are in all."""
        return sum(self._quantities.values())

    @property
    def subtotal(self) -> Decimal:
        """All lines together, without shipping."""
        return sum((line.total for line in self._lines), Decimal("0.00"))

    @property
    def shipping(self) -> Decimal:
        """What sending the goods costs."""
        return shipping_for(self.subtotal)

    @property
    def total(self) -> Decimal:
        """What the customer would pay."""
        return self.subtotal + self.shipping

    @cached_property
    def _lines(self) -> list[CartLine]:
        products = Product.objects.in_bulk([int(key) for key in self._quantities])
        return [
            CartLine(products[int(key)], quantity)
            for key, quantity in self._quantities.items()
            if int(key) in products
        ]

    def _save(self) -> None:
        self._session[SESSION_KEY] = self._quantities
        self.__dict__.pop("_lines", None)
