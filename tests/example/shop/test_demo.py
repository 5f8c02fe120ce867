"""``manage.py demo`` where it must not run; ``tests/example/test_demo.py`` has where it does."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command


@pytest.mark.django_db
def test_the_demonstration_keeps_off_a_real_site(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG on and on SQLite only"):
        call_command("demo", "--exit")
    assert not User.objects.exists()
