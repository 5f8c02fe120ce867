from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class Customer(AbstractUser):
    """A site's own user model, with a UUID for its primary key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
