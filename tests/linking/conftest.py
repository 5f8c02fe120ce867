from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from joinchat_django.models import MessengerLink
from joinchat_django.signals import user_unlinked

from .looking import listening


@pytest.fixture
def two_bots(settings: Any) -> None:
    settings.JOINCHAT = {
        **settings.JOINCHAT,
        "second": {**settings.JOINCHAT["default"], "PAGE_ID": 2},
    }


@pytest.fixture
def told() -> Iterator[list[str]]:
    """The uuids of the links that ``user_unlinked`` has told of."""
    uuids: list[str] = []
    listen = listening(user_unlinked, uuids)
    yield uuids
    user_unlinked.disconnect(listen, sender=MessengerLink)
