from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from joinchat_django.sandbox import SandboxServer

from .checking import SECRET


@pytest.fixture(autouse=True)
def sandbox(settings: Any, left_to_a_worker: None) -> Iterator[SandboxServer]:
    """A site whose bot sends to the sandbox over real HTTP; a worker delivers."""
    with SandboxServer(page_id=12345, api_secret=SECRET) as server:
        entry = {"PAGE_ID": 12345, "API_SECRET": SECRET, "API_URL": server.api_url}
        settings.JOINCHAT = {"default": {**entry, "OPTIONS": {"proxies": {}, "deadline": 5}}}
        yield server
