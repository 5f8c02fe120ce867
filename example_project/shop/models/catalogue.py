from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.templatetags.static import static
from django.urls import reverse


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
