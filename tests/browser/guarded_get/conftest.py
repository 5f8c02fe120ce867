"""A site that takes GET, which is what the guard is for."""

from __future__ import annotations

from typing import Any

import pytest

from .urls import arrivals


@pytest.fixture
def site(site: str, accept_get: None, settings: Any) -> str:
    """A site with our URLs at its root, which takes GET."""
    settings.ROOT_URLCONF = "tests.browser.guarded_get.urls"
    arrivals.clear()
    return site
