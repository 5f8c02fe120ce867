"""What the shop sells and what it has sold."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone

from shop.money import CURRENCY
from shop.signals import order_placed

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from shop.cart import Cart


class Product(models.Model):
    """One thing on the shelf."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    tagline = models.CharField(max_length=80)
    description = models.TextField()
    price = models.DecimalField(
        max_digits=8, decimal_places=2, validators=[MinValueValidator(Decimal("0.01"))]
    )
    picture = models.CharField(
        max_length=100, help_text="The path of a static file, such as shop/products/teapot.svg."
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Lower comes first.")

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The path of the product's page."""
        return reverse("shop:product", args=[self.slug])

    @property
    def picture_url(self) -> str:
        """The picture's address, as static files are served."""
        return static(self.picture)


class OrderManager(models.Manager["Order"]):
    """Orders, and the one way to make them."""

    def place(self, user: User, cart: Cart, delivery: dict[str, str]) -> Order:
        """Write an order for what is in ``cart`` and send ``order_placed``, in one transaction.

        ``delivery`` holds the cleaned fields of ``CheckoutForm``. The cart is left as it is.
        Raises ``ValueError`` for an empty cart.
        """
        lines = cart.lines()
        if not lines:
            raise ValueError("An order needs at least one line: the cart is empty.")
        with transaction.atomic(using=self.db):
            order = self.create(user=user, shipping_cost=cart.shipping, **delivery)
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
        return self.subtotal + self.shipping_cost


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
