"""Codes of languages, and which of a template's is the one for a person."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation.trans_real import language_code_re


def is_code(language: object) -> bool:
    """Tell whether Django takes a text for the code of a language: "pt-br", "zh-hans", "eo".

    The language needs not be among ``settings.LANGUAGES``, nor among those that Django speaks.
    """
    return isinstance(language, str) and language_code_re.fullmatch(language) is not None


def normal_code(language: str) -> str:
    """Return a code in the spelling that all spellings of it share: "pt-br" for "pt_BR"."""
    return language.strip().lower().replace("_", "-")


def best_language(languages: Iterable[str], wanted: str) -> str | None:
    """Return the one of some languages that is the wanted one, or else its closest base.

    Of "zh-hant-hk" the bases are "zh-hant" and "zh". None if there is none of them; case does not
    matter, and "_" is as good as "-".
    """
    by_code = {normal_code(language): language for language in languages}
    code = normal_code(wanted)
    while code:
        if code in by_code:
            return by_code[code]
        code = code.rpartition("-")[0]
    return None
