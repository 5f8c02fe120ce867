"""A site whose fixture ``settings`` is something else than pytest-django's."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings as site_settings

from joinchat_django import conf


@pytest.fixture
def settings() -> dict[str, str]:
    return {"colour": "blue"}


def test_the_sandbox_is_the_bots_all_the_same(settings: Any, joinchat_sandbox: Any) -> None:
    assert conf.bot().api_url == joinchat_sandbox.api_url
    assert settings == {"colour": "blue"}


def test_afterwards() -> None:
    assert "SDK_URL" not in site_settings.JOINCHAT["default"]
