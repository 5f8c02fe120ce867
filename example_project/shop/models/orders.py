from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone

from shop.money import CURRENCY
from shop.signals import order_moved, order_placed

from .catalogue import Product
from .memberships import COUPON_USED, Membership

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from shop.cart import Cart


class CouponUsed(ValueError):
    """The coupon was used before, perhaps a moment ago."""


class OrderManager(models.Manager["Order"]):
    """Orders, and the one way to make them."""

    def place(
        self, user: User, cart: Cart, delivery: dict[str, str], *, with_coupon: bool = False
    ) -> Order:
        """Write an order for what is in ``cart`` and send ``order_placed``, in one transaction.

        ``delivery`` holds the fields of the address and the payment. ``with_coupon`` uses the
        customer's coupon up. The cart is left as it is. Raises ``ValueError`` for an empty cart,
        :exc:`CouponUsed` for a coupon that was used before.
        """
        lines = cart.lines()
        if not lines:
            raise ValueError("An order needs at least one line: the cart is empty.")
        with transaction.atomic(using=self.db):
            membership = Membership.objects.of(user)
            if with_coupon and not membership.use_coupon():
                raise CouponUsed(COUPON_USED)
            discount = membership.discount_on(cart.subtotal) if with_coupon else Decimal("0.00")
            membership.earn(cart.subtotal - discount)
            order = self.create(
                user=user, shipping_cost=cart.shipping, discount=discount, **delivery
            )
            OrderLine.objects.bulk_create(
                OrderLine(
                    order=order,
                    product=line.product,
                    title=line.product.name,
                    subtitle=line.product.tagline,
                    price=line.product.price,
                    quantity=line.quantity,
                )
                for line in lines
            )
            order_placed.send(sender=Order, order=order)
        return order


class Order(models.Model):
    """An order, placed and paid. Lines and prices are as they were on that day."""

    class Payment(models.TextChoices):
        CARD = "card", "Card (demo)"

    class Status(models.TextChoices):
        PLACED = "placed", "placed"
        SHIPPED = "shipped", "shipped"
        DELIVERED = "delivered", "delivered"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders"
    )
    placed_at = models.DateTimeField(default=timezone.now, editable=False)
    name = models.CharField("full name", max_length=120)
    street = models.CharField("street and number", max_length=120)
    city = models.CharField(max_length=80)
    region = models.CharField("state or region", max_length=80)
    postal_code = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    payment = models.CharField(max_length=10, choices=Payment, default=Payment.CARD)
    currency = models.CharField(max_length=3, default=CURRENCY, editable=False)
    shipping_cost = models.DecimalField(max_digits=8, decimal_places=2)
    discount = models.DecimalField(
        max_digits=8, decimal_places=2, default=Decimal("0.00"), editable=False
    )
    status = models.CharField(max_length=10, choices=Status, default=Status.PLACED, editable=False)
    tracking_number = models.CharField(max_length=40, blank=True, default="")

    objects = OrderManager()

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """The path of the order's page, which only its customer can open."""
        return reverse("shop:order", args=[self.number])

    @property
    def number(self) -> str:
        """What the customer calls the order: ``A-0017``."""
        return f"A-{self.pk:04d}"

    @property
    def subtotal(self) -> Decimal:
        """All lines together, without shipping."""
        return sum((line.total for line in self.lines.all()), Decimal("0.00"))

    @property
    def total(self) -> Decimal:
        """What the customer pays."""
        return self.subtotal - self.discount + self.shipping_cost

    @property
    def message_group(self) -> str:
        """The group that all messages about this order are queued in."""
        return f"order-{self.pk}"

    @property
    def next_status(self) -> Status | None:
        """What happens to the parcel next, or None once it has arrived."""
        following = {self.Status.PLACED: self.Status.SHIPPED}
        following[self.Status.SHIPPED] = self.Status.DELIVERED
        return following.get(self.Status(self.status))

    def move_on(self) -> bool:
        """Write that the parcel has gone one step further, and send ``order_moved`` with it.

        False if it has arrived, or if somebody else has just written the same.
        """
        status = self.next_status
        with transaction.atomic(using=self._state.db):
            rows = Order.objects.filter(pk=self.pk, status=self.status)
            if status is None or not rows.update(status=status):
                return False
            self.status = status
            order_moved.send(sender=Order, order=self)
        return True


class OrderLine(models.Model):
    """Some pieces of one product in an order."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, on_delete=models.PROTECT)
    title = models.CharField(max_length=80)
    subtitle = models.CharField(max_length=80)
    price = models.DecimalField("price of one", max_digits=8, decimal_places=2)
    quantity = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"

    @property
    def total(self) -> Decimal:
        """The price of all pieces."""
        return self.price * self.quantity
