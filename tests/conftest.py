"""What every test may ask for, and what each run leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django import triggers
from joinchat_django.backends import locmem
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import MessengerLink

from . import fuzzing

fuzzing.begin()

#: Marks of tests that not each run needs, with the reason.
LEFT_OUT = {
    "processes": "Starts processes of its own: run pytest -m processes.",
    "thorough": "Drives pages, makes many rows or indexes or waits long: run pytest -m thorough.",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what not each run needs, unless ``-m`` names its mark or this is CI."""
    if os.environ.get("CI") == "true":
        return
    for mark, reason in LEFT_OUT.items():
        if mark in config.option.markexpr:
            continue
        for item in items:
            if item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def delivered() -> Iterator[list[Delivered]]:
    """What the locmem backend has delivered in this test."""
    locmem.delivered.clear()
    yield locmem.delivered
    locmem.delivered.clear()


@pytest.fixture(autouse=True)
def triggers_start_anew() -> None:
    """No test knows of what another one has switched or counted."""
    triggers.forget()


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


@pytest.fixture
def second_bot(settings: Any) -> None:
    """A site with one more bot, whose alias is ``second``."""
    settings.JOINCHAT = {**settings.JOINCHAT, "second": settings.JOINCHAT["default"]}


@pytest.fixture
def left_to_a_worker(settings: Any) -> None:
    """A site where nothing is delivered while a test looks on."""
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}
