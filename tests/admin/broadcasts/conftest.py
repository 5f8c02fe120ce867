"""Broadcasts before and after they are started."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from joinchat_django.models import Broadcast
from tests.admin.pages import drafted, send, users_page


@pytest.fixture
def draft(admin_client: Client, people: list[Any]) -> Broadcast:
    """A draft to three people, the first two of whom are linked."""
    return drafted(admin_client, users_page(), people)


@pytest.fixture
def running(left_to_a_worker: None, admin_client: Client, people: list[Any]) -> Broadcast:
    """A broadcast that has been started, and of which nothing has happened yet."""
    return send(admin_client, users_page(), people, "Hello", title="Spring news")
