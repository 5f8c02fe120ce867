"""Staff, and those to whom they send."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from joinchat_django.admin import broadcast_access, outbox_changelist, sending
from joinchat_django.broadcasts import audiences
from joinchat_django.models import MessengerLink


@pytest.fixture
def staff_client(db: None) -> Callable[..., Client]:
    """A staff member's browser, given the permissions that they have."""

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


@pytest.fixture
def unregistered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that a test makes known to broadcasts are unknown before and after it."""
    monkeypatch.setattr(audiences, "_registered", {})


@pytest.fixture
def three_are_many_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """A site where a selection of more than two people takes the permission for broadcasts."""
    for module in (broadcast_access, sending):
        monkeypatch.setattr(module, "LARGEST_SELECTION", 2)


@pytest.fixture
def twenty_are_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """An outbox whose list goes along the key, 50 keys a page, where more than 20 rows match."""
    monkeypatch.setattr(outbox_changelist, "FEW", 20)
    monkeypatch.setattr(outbox_changelist, "STRETCH", 50)
