from __future__ import annotations

import pytest

from joinchat_django.broadcasts import audiences, drafting, fan_out


@pytest.fixture(autouse=True)
def nothing_is_delivered(left_to_a_worker: None) -> None:
    """A row stays as it is until a worker comes."""


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
