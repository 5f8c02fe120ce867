from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from .keys import key


class Customer(AbstractUser):
    """A site's own user model, with a UUID for its primary key unless the site is classic."""

    id = key()


class Profile(models.Model):
    """What the site knows of a customer besides."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True)
    language = models.CharField(max_length=20, blank=True)

    def __str__(self) -> str:
        return self.language
