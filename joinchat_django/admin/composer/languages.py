"""The languages that a message is written in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

#: Panels of one composer.
MOST_LANGUAGES = 40


def language_choices(*known: str) -> list[tuple[str, Any]]:
    """Return the site's languages, and ``known`` codes that it does not speak, by code."""
    choices = {code: f"{_(name)} ({code})" for code, name in settings.LANGUAGES}
    return [*choices.items(), *((code, code) for code in known if code and code not in choices)]


def language_name(code: str) -> Any:
    """Return what a language is called; one without a code is not stated."""
    for known, name in settings.LANGUAGES:
        if known == code:
            return f"{_(name)} ({code})"
    return code or _("Language not stated")


def first_language() -> str:
    """Return the language that a new message begins in: the site's own."""
    code = settings.LANGUAGE_CODE
    codes = [known for known, _name in settings.LANGUAGES]
    if code in codes:
        return code
    base = code.partition("-")[0]
    return base if base in codes else ""
