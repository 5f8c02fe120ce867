"""A shop's orders. The columns say what they hold: pyright has no plug-in that would know."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.contrib.auth.models import User
from django.db import models
from typing_extensions import override


class Order(models.Model):
    """What somebody has bought."""

    customer: models.ForeignKey[User, User] = models.ForeignKey(User, on_delete=models.CASCADE)
    number: models.CharField[str, str] = models.CharField(max_length=20, unique=True)
    total: models.DecimalField[Decimal, Decimal] = models.DecimalField(
        max_digits=8, decimal_places=2
    )
    shipped_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(
        null=True
    )

    @override
    def __str__(self) -> str:
        return self.number
