from __future__ import annotations

import pytest
from django.core.management import call_command


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["AutoField", "BigAutoField"])
def test_no_migration_is_missing_whatever_the_sites_default_key(
    settings: pytest.FixtureRequest, field: str
) -> None:
    settings.DEFAULT_AUTO_FIELD = f"django.db.models.{field}"  # type: ignore[attr-defined]
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
