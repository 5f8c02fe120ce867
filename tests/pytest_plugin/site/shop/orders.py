"""What the site does, and its tests look at."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink


def customer() -> User:
    user = User.objects.create_user("lin")
    MessengerLink.objects.create(user=user, uuid="uuid-of-lin")
    return user


def ship(user: Any) -> None:
    outbox.send(user, Text("Your parcel has left us."), tag="SHIPPING_UPDATE")
