from __future__ import annotations

from typing import Any

import pytest
from shop.orders import customer

from joinchat_django import conf
from joinchat_django.api import Envelope, Recipient, Text
from joinchat_django.backends import get_backend


def send() -> None:
    get_backend(conf.bot()).send(Envelope.seal(Recipient(uuid="lin"), Text("Too early")))


def pytest_configure() -> None:
    send()


def pytest_sessionstart() -> None:
    send()


@pytest.fixture
def lin(db: None) -> Any:
    return customer()
