from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    """A site's own user model, with a UUID for its primary key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)


class Profile(models.Model):
    """What the site knows of a customer besides."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True)
    language = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return self.language
