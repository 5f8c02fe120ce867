from __future__ import annotations

from typing import Any

import pytest

from joinchat_django.broadcasts import audiences, drafting, fan_out


@pytest.fixture(autouse=True)
def left_to_a_worker(settings: Any) -> None:
    """A site where nothing is delivered while a test looks on."""
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of five and room for ten messages, so that a few people fill several."""
    monkeypatch.setattr(drafting, "CHUNK", 5)
    monkeypatch.setattr(fan_out, "CHUNK", 5)
    monkeypatch.setattr(fan_out, "WINDOW", 10)


@pytest.fixture(autouse=True)
def unregistered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that a test registers are unknown after it."""
    monkeypatch.setattr(audiences, "_registered", {})
