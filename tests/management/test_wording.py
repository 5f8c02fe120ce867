"""How commands say times, counts, and what others wrote."""

from __future__ import annotations

import io

import pytest

from joinchat_django.management.wording import count_of, in_words, printable


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 ms"),
        (0.0124, "12 ms"),
        (3.44, "3.44 s"),
        (119.4, "119 s"),
        (300, "5 min"),
        (9000, "2.5 hours"),
        (345_600, "4 days"),
    ],
)
def test_times_are_said_as_people_do(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_a_number_has_its_noun() -> None:
    assert [count_of(count) for count in (0, 1, 12_000)] == [
        "0 messages",
        "1 message",
        "12,000 messages",
    ]
    assert count_of(2, "problem") == "2 problems"


def test_what_others_wrote_is_shown_and_nothing_else() -> None:
    assert printable("小琳 \x1b[31m\n", io.StringIO()) == "小琳 \ufffd[31m\ufffd"
    ascii_alone = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert printable("小琳", ascii_alone) == r"\u5c0f\u7433"
