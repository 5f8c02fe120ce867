from __future__ import annotations

import secrets
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

if TYPE_CHECKING:
    from django.contrib.auth.models import User

#: What a new customer starts with.
WELCOME_POINTS = 50
#: What a coupon takes off the goods.
COUPON_PERCENT = 10

#: What the customer is told who tries it again.
COUPON_USED = "This coupon was used before. Leave the field empty."

_CENT = Decimal("0.01")


def new_coupon() -> str:
    """Return a code that is easy to type and hard to guess: ``TEA-7KQ2-M9XF``."""
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "-".join(["TEA", *("".join(secrets.choice(letters) for _ in range(4)) for _ in "ab")])


class MembershipManager(models.Manager["Membership"]):
    """Memberships, one for each customer."""

    def of(self, user: User) -> Membership:
        """Return the customer's membership; it begins now if there is none yet."""
        return self.get_or_create(user=user)[0]


class Membership(models.Model):
    """A customer's points, one for each whole euro spent, and a coupon to be used once."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="membership"
    )
    points = models.PositiveIntegerField(default=WELCOME_POINTS)
    coupon = models.CharField(max_length=20, unique=True, default=new_coupon, editable=False)
    coupon_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = MembershipManager()

    def __str__(self) -> str:
        return f"{self.user}: {self.points} points"

    def discount_on(self, goods: Decimal) -> Decimal:
        """What the coupon takes off goods of this price, to the cent."""
        return (goods * COUPON_PERCENT / 100).quantize(_CENT, ROUND_HALF_UP)

    def use_coupon(self) -> bool:
        """Use the coupon up, and tell whether this very call did."""
        unused = Membership.objects.filter(pk=self.pk, coupon_used_at=None)
        return unused.update(coupon_used_at=timezone.now()) == 1

    def earn(self, spent: Decimal) -> None:
        """Add a point for each whole euro."""
        Membership.objects.filter(pk=self.pk).update(points=F("points") + int(spent))
