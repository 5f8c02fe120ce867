"""What stands on top of the outbox: what waits, and what was sent and failed lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from joinchat_django import conf
from joinchat_django.delivery.figures import BotFigures, figures_of, known_to_outbox
from joinchat_django.delivery.history import DayFigures, last_days

from .quantities import wait_in_words

#: The chart's own units: a day is a slot of so many, with a bar in it; the highest one is so high.
SLOT, BAR, HEIGHT = 20, 14, 100

#: What is not nothing can be seen.
LEAST = 2


@dataclass(frozen=True)
class Bar:
    """A day of the chart: what was sent, with what failed on top of it."""

    figures: DayFigures
    x: int
    sent_y: int
    sent_height: int
    failed_y: int
    failed_height: int


@dataclass(frozen=True)
class Chart:
    """The last days as bars. ``highest`` is the number that the highest one stands for."""

    bars: list[Bar]
    width: int
    height: int
    bar_width: int
    highest: int
    sent: int
    failed: int


def overview() -> dict[str, Any]:
    """Return what the template of the overview shows.

    The exact counts cost as much as the rows that wait or are uncertain, and what was settled
    today.
    """
    bots = dict.fromkeys((*conf.bots(), *known_to_outbox()))
    return {
        "bots": [(figures, _wait(figures)) for figures in figures_of(bots)],
        "chart": chart(last_days()),
    }


def chart(days: list[DayFigures]) -> Chart:
    """Lay the bars out."""
    highest = max(one.sent + one.failed for one in days)
    bars = []
    for number, one in enumerate(days):
        failed = _height(one.failed, highest)
        sent = min(_height(one.sent, highest), HEIGHT - failed)
        bars.append(
            Bar(
                figures=one,
                x=number * SLOT + (SLOT - BAR) // 2,
                sent_y=HEIGHT - sent,
                sent_height=sent,
                failed_y=HEIGHT - sent - failed,
                failed_height=failed,
            )
        )
    return Chart(
        bars=bars,
        width=len(days) * SLOT,
        height=HEIGHT,
        bar_width=BAR,
        highest=highest,
        sent=sum(one.sent for one in days),
        failed=sum(one.failed for one in days),
    )


def _height(count: int, highest: int) -> int:
    return max(LEAST, count * HEIGHT // highest) if count else 0


def _wait(figures: BotFigures) -> str:
    return "" if figures.oldest_wait is None else wait_in_words(figures.oldest_wait)
