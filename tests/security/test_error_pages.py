"""What Django's own error pages, and its mails to the admins, show of the settings."""

from __future__ import annotations

from typing import Any

from django.views.debug import SafeExceptionReporterFilter

from tests.checking import PASSWORD, SECRET


def shown(settings: Any, **options: Any) -> str:
    settings.JOINCHAT = {"default": {"PAGE_ID": 1, "API_SECRET": SECRET, "OPTIONS": options}}
    return str(SafeExceptionReporterFilter().get_safe_settings()["JOINCHAT"])


def test_they_mask_the_secret(settings: Any) -> None:
    assert "PAGE_ID" in shown(settings)
    assert SECRET not in shown(settings)


def test_they_do_not_mask_a_proxys_password(settings: Any) -> None:
    """A limit that the README tells of."""
    assert PASSWORD in shown(settings, proxies={"https": f"http://lin:{PASSWORD}@proxy.example"})
