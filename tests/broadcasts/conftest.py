from __future__ import annotations

import pytest

from joinchat_django.broadcasts import audiences

from .steps import make_chunks_small


@pytest.fixture(autouse=True)
def nothing_is_delivered(left_to_a_worker: None) -> None:
    """A row stays as it is until a worker comes."""


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    make_chunks_small(monkeypatch)


@pytest.fixture(autouse=True)
def unregistered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that a test registers are unknown after it."""
    monkeypatch.setattr(audiences, "_registered", {})
