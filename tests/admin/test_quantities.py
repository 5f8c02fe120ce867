"""Times and numbers in words: rounded, and in the language of whoever reads them."""

from __future__ import annotations

import pytest
from django.utils import translation

from joinchat_django.admin.quantities import count, duration, rate, wait_in_words


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "1,234,567"),
        ("de", "1.234.567"),
        ("zh-hans", "1,234,567"),
        ("zh-hant", "1,234,567"),
        # Django knows their separators, and has no groups to put them between.
        ("vi", "1.234.567"),
        ("bg", "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"),
    ],
)
def test_the_digits_of_a_number_are_in_groups_in_every_language(
    language: str, expected: str
) -> None:
    with translation.override(language):
        assert count(1234567) == expected
        assert count(-1234567) == f"-{expected}"
        assert count(123) == "123"


def test_a_fast_rate_is_a_number_in_groups() -> None:
    with translation.override("zh-hans"):
        assert (rate(1234.4), rate(1.25), rate(0)) == ("1,234", "1.2", "< 0.1")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "1 second"),
        (59.4, "59 seconds"),
        (59.6, "1 minute"),
        (60, "1 minute"),
        (119, "1 minute"),
        (120, "2 minutes"),
        (7200, "2 hours"),
    ],
)
def test_a_wait_is_told_in_the_largest_unit_that_it_fills(seconds: float, expected: str) -> None:
    assert wait_in_words(seconds).replace("\N{NO-BREAK SPACE}", " ") == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.2, "1 second"),
        (1.4, "1 second"),
        (90, "90 seconds"),
        (100, "2 minutes"),
        (140, "2 minutes"),
        (5400, "90 minutes"),
        (5500, "2 hours"),
    ],
)
def test_a_duration_is_rounded(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected
