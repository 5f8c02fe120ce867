"""Codes of languages, and the best one for somebody."""

from __future__ import annotations

import pytest

from joinchat_django.rendering import best_language, is_code, normal_code


@pytest.mark.parametrize("code", ["de", "pt-br", "PT-BR", "zh-hant-hk", "tlh", "ca@valencia"])
def test_what_django_takes_for_a_code(code: str) -> None:
    assert is_code(code)


@pytest.mark.parametrize("code", ["", "pt_br", "a b", "de\n", "../de", "\0", "abcdefghi", None, 5])
def test_what_it_does_not(code: object) -> None:
    assert not is_code(code)


def test_spellings_of_a_code_are_one() -> None:
    assert {normal_code(code) for code in ("pt-br", "pt_BR", "PT-BR ")} == {"pt-br"}


@pytest.mark.parametrize(
    ("wanted", "best"),
    [
        ("pt-br", "pt_BR"),
        ("pt-pt", "pt"),
        ("pt", "pt"),
        ("zh-hant-hk", "zh-Hant"),
        ("zh-hans", None),
        ("p", None),
        ("-pt", None),
        ("", None),
    ],
)
def test_the_closest_base_is_the_best(wanted: str, best: str | None) -> None:
    assert best_language(["", "pt", "pt_BR", "zh-Hant"], wanted) == best
