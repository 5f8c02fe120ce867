"""The cart, kept in the visitor's session as ``{product id: quantity}``.

For a customer who is signed in it is saved besides, so that it waits on any device, and so that
``manage.py call_back_carts`` knows of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from shop.models import Product, SavedCart
from shop.money import shipping_for

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.contrib.sessions.backends.base import SessionBase
    from django.http import HttpRequest

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

    A product that has left the shop leaves the cart with it. With a ``user`` every change is
    saved for them.
    """

    def __init__(self, session: SessionBase, user: User | None = None) -> None:
        self._session = session
        self._user = user
        self._quantities: dict[str, int] = dict(session.get(SESSION_KEY, {}))

    @classmethod
    def of(cls, request: HttpRequest) -> Cart:
        """The cart of whoever sends this request."""
        return cls(request.session, request.user if request.user.is_authenticated else None)

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
        self.save()
        return quantity

    def clear(self) -> None:
        """Take everything out."""
        self._quantities = {}
        self.save()

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
        return lines_of(self._quantities)

    def save(self) -> None:
        """Keep what is in it."""
        self._session[SESSION_KEY] = self._quantities
        self.__dict__.pop("_lines", None)
        if self._user is not None:
            saved = {"quantities": self._quantities, "changed_at": timezone.now()}
            SavedCart.objects.update_or_create(user=self._user, defaults=saved)


def lines_of(quantities: dict[str, int]) -> list[CartLine]:
    """Return the lines of what a session or a ``SavedCart`` holds."""
    products = Product.objects.in_bulk([int(key) for key in quantities])
    return [
        CartLine(products[int(key)], quantity)
        for key, quantity in quantities.items()
        if int(key) in products
    ]


def meet_at_sign_in(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Receive ``user_logged_in``: the saved cart returns, with what the visitor has put in."""
    saved = SavedCart.objects.filter(user=user).first()
    put_in = request.session.get(SESSION_KEY, {})
    if saved:
        request.session[SESSION_KEY] = {**saved.quantities, **put_in}
    if put_in:
        Cart(request.session, user).save()
