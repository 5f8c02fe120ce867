from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

if TYPE_CHECKING:
    from datetime import timedelta


class SavedCartQuerySet(models.QuerySet["SavedCart"]):
    """Carts of customers who were signed in."""

    def abandoned(self, after: timedelta, *, until: timedelta) -> SavedCartQuerySet:
        """Return those with something in them that nobody has touched for ``after``.

        Those that were left longer than ``until`` ago are forgotten carts, and those that were
        called back since they were left are none.
        """
        now = timezone.now()
        left = self.exclude(quantities={}).filter(
            changed_at__lte=now - after, changed_at__gt=now - until
        )
        return left.filter(Q(called_back_at=None) | Q(called_back_at__lt=F("changed_at")))


class SavedCart(models.Model):
    """What a customer has in the cart, kept while the browser is closed.

    ``quantities`` is ``{product id: quantity}``, the form in which the session holds it.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_cart"
    )
    quantities = models.JSONField(default=dict, blank=True)
    changed_at = models.DateTimeField(default=timezone.now, db_index=True)
    called_back_at = models.DateTimeField(null=True, blank=True)

    objects = SavedCartQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user}'s cart"
