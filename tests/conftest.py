from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django.backends import locmem
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import MessengerLink


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what starts processes of its own, unless it is asked for or this is CI."""
    if os.environ.get("CI") == "true" or "processes" in config.option.markexpr:
        return
    skip = pytest.mark.skip(reason="Starts processes of its own: run pytest -m processes.")
    for item in items:
        if item.get_closest_marker("processes"):
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def delivered() -> Iterator[list[Delivered]]:
    """What the locmem backend has delivered in this test."""
    locmem.delivered.clear()
    yield locmem.delivered
    locmem.delivered.clear()


@pytest.fixture
def user(db: None) -> Any:
    """A customer whose name has to arrive as it is."""
    return get_user_model().objects.create_user(
        username="tom", first_name='Tom & "Jerry"', last_name="小琳"
    )


@pytest.fixture
def linked_user(user: Any) -> Any:
    """A customer who is linked."""
    MessengerLink.objects.create(user=user, uuid="uuid-of-tom")
    return user


@pytest.fixture
def customer(client: Client, user: Any) -> Client:
    """The browser of a customer who is signed in."""
    client.force_login(user)
    return client


@pytest.fixture
def accept_get(settings: Any) -> None:
    """A site that takes the contract page's own snippet."""
    settings.JOINCHAT_LINKING = {"ACCEPT_GET": True}
