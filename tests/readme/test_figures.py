"""The README's figures are the code's."""

from __future__ import annotations

import pytest

from joinchat_django.admin.broadcast_access import LARGEST_SELECTION
from joinchat_django.api import MessageTag
from joinchat_django.conf import LinkingSettings
from joinchat_django.delivery.dispatchers.inline import INLINE_SECONDS
from joinchat_django.delivery.dispatchers.sweeping import SWEEP_SECONDS
from joinchat_django.delivery.rejections import IN_A_ROW
from joinchat_django.delivery.retrying import RetryPolicy
from joinchat_django.management.commands.joinchat_check import masked
from joinchat_django.outbox.copying import COPIED_AT_ONCE
from joinchat_django.outbox.personal import WRITTEN_AT_ONCE
from joinchat_django.outbox.rows import PAGE
from joinchat_django.rendering.engine import MOST_LOOPS
from joinchat_django.sandbox.window import WINDOW
from joinchat_django.triggers.switches import SWITCH_SECONDS

from .blocks import README

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five", 8: "eight", 16: "sixteen"}

POLICY = RetryPolicy()
HOURS = sum(POLICY.interval.after(number) for number in range(1, POLICY.max_attempts)) / 3600


@pytest.mark.parametrize(
    ("told", "figure"),
    [
        ("an hour at most", LinkingSettings().pending_max_age == 3600),
        ("active in the last {} hours", WINDOW.total_seconds() / 3600),
        ("{} refusals in the same words in a row", IN_A_ROW),
        ("written {} at a time", PAGE),
        ("{} where the message says no more of a user than the user's fields", WRITTEN_AT_ONCE),
        ("up to {} where the database makes them itself", COPIED_AT_ONCE),
        ("In-line delivery works for {} seconds", INLINE_SECONDS),
        ("That takes 3 seconds at most", INLINE_SECONDS == 3),
        ("Loops nest {} deep at most", MOST_LOOPS),
        ("up to {} at once, and tests to oneself", LARGEST_SELECTION),
        ("on all machines within {} seconds", SWITCH_SECONDS),
        ("hands over to another after a minute", SWEEP_SECONDS == 60),
        ("{} times over", POLICY.max_attempts),
        ("over {} hours", int(HOURS)),
        ("Of the secret it shows {} characters at most", len(masked("5ecret" * 9).strip("*"))),
        ("besides JoinChat's {}", len(MessageTag)),
    ],
)
def test_a_figure_is_that_of_the_code(told: str, figure: float | bool) -> None:
    if figure is True:
        ways = [told]
    else:
        assert figure
        ways = [told.format(NUMBERS.get(int(figure))), told.format(f"{int(figure):,}")]
    text = " ".join(README.split())
    assert any(way in text for way in ways)
