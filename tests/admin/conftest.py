from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from joinchat_django.models import MessengerLink


@pytest.fixture
def staff_client(db: None) -> Callable[..., Client]:
    """A staff member's browser, given the permissions that he has."""

    def sign_in(*codenames: str) -> Client:
        staff = get_user_model().objects.create_user(username="staff", is_staff=True)
        permissions = Permission.objects.filter(codename__in=codenames)
        assert permissions.count() == len(codenames)
        staff.user_permissions.set(permissions)
        client = Client()
        client.force_login(staff)
        return client

    return sign_in


@pytest.fixture
def people(db: None) -> list[Any]:
    """Three customers, the first two of whom are linked."""
    users = get_user_model()
    found = [users.objects.create_user(username=name) for name in ("ann", "bob", "eve")]
    for user in found[:2]:
        MessengerLink.objects.create(user=user, uuid=f"uuid-of-{user.username}")
    return found


@pytest.fixture
def two_bots(settings: Any) -> None:
    """A second bot, "support", which knows one more tag."""
    second = {**settings.JOINCHAT["default"], "OPTIONS": {"extra_tags": ["HUMAN_AGENT"]}}
    settings.JOINCHAT = {**settings.JOINCHAT, "support": second}
