"""The tables do without what some database lacks."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command


@pytest.mark.django_db
def test_the_checks_of_the_database_are_silent(capsys: pytest.CaptureFixture[str]) -> None:
    errors = io.StringIO()
    call_command(
        "check", "joinchat_django", databases=["default"], fail_level="DEBUG", stderr=errors
    )
    assert errors.getvalue() == ""
