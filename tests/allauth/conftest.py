from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def mandatory(settings: Any) -> None:
    """A site where nobody comes in without a proved e-mail address."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
