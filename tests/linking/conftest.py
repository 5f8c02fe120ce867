from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model

from joinchat_django.models import MessengerLink
from joinchat_django.signals import user_unlinked
from tests.receiving import receiving


@pytest.fixture
def other(db: None) -> Any:
    """Another account, of the same person if need be."""
    return get_user_model().objects.create_user("jerry")


@pytest.fixture
def told() -> Iterator[list[str]]:
    """The uuids of the links that ``user_unlinked`` has told of."""
    uuids: list[str] = []

    def listen(link: MessengerLink, **kwargs: Any) -> None:
        uuids.append(link.uuid)

    with receiving(user_unlinked, listen, sender=MessengerLink):
        yield uuids
