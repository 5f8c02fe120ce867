from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from joinchat_django.models import MessengerLink
from tests.accounts.keys import distinctive_key


@pytest.fixture(autouse=True)
def nothing_is_delivered(left_to_a_worker: None) -> None:
    """A row stays as it is until a worker comes."""


@pytest.fixture
def lin(db: None) -> Any:
    """The user whom a request is about."""
    lin = get_user_model().objects.create_user("lin", id=distinctive_key())
    MessengerLink.objects.create(user=lin, uuid="phone")
    return lin


@pytest.fixture
def mei(db: None) -> Any:
    """Somebody else, whose data appear in no answer and stay as they are."""
    mei = get_user_model().objects.create_user("mei")
    MessengerLink.objects.create(user=mei, uuid="of-mei")
    return mei
