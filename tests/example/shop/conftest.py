from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client

from joinchat_django.models import MessengerLink

DELIVERY = {
    "name": 'Lin 小琳 & "Tom"',
    "street": "Kaai 7",
    "city": "Gent",
    "region": "Oost-Vlaanderen",
    "postal_code": "9000",
    "country": "BE",
    "payment": "card",
}


@pytest.fixture(autouse=True)
def _quick_and_local(settings: Any) -> None:
    """Nothing goes over the wire, and passwords are hashed in no time."""
    locmem = "joinchat_django.backends.locmem.LocMemBackend"
    settings.JOINCHAT = {"default": {**django_settings.JOINCHAT["default"], "BACKEND": locmem}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SITE_URL = "https://tea.example"


@pytest.fixture
def lin(db: None) -> User:
    """A customer."""
    return User.objects.create_user("lin", password="lin", first_name="Lin")


@pytest.fixture
def linked_lin(lin: User) -> User:
    """A customer who gets messages."""
    MessengerLink.objects.create(user=lin, uuid="uuid-of-lin")
    return lin


@pytest.fixture
def shopper(client: Client, lin: User) -> Client:
    """Lin's browser, signed in, with two tins of tea and a jar of honey in the cart."""
    client.force_login(lin)
    client.post("/cart/oolong/add/", {"quantity": 2})
    client.post("/cart/honey/add/", {"quantity": 1})
    return client
