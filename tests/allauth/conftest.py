from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def mandatory(settings: Any) -> None:
    """A site where nobody comes in before he has proved his e-mail address."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
