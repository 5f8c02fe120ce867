"""What an unfinished message is told: what no variable can cure, and not what one decides."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django.admin.composer.drafts import Draft

from .test_errors import BUTTON, button, generic, lists, receipt, row

UNKNOWN = "{{ unknown }}"
EACH = {"$each": "hats as hat", "title": "{{ hat }}", "subtitle": "A hat"}


def told(body: dict[str, Any], sample: dict[str, Any] | None = None) -> list[str]:
    """Return the paths of what is said to be wrong."""
    return [problem.path for problem in Draft(body, sample or {}, "en").problems()]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({**button(*[BUTTON] * 4), "text": UNKNOWN}, "buttons"),
        (generic(title="1" * 81, subtitle=UNKNOWN), "elements[0].title"),
        ({**button(BUTTON, {**BUTTON, "title": UNKNOWN}), "text": [EACH]}, "text"),
        (lists(row(), row(buttons=5, subtitle=UNKNOWN)), "elements[1].buttons"),
        (lists(row(), {"title": UNKNOWN}), "elements[1]"),
        (receipt(order_url=UNKNOWN, summary={"total_cost": "ten"}), "summary.total_cost"),
    ],
)
def test_what_no_variable_can_cure_is_told_before_there_are_sample_data(
    body: dict[str, Any], path: str
) -> None:
    assert told(body) == [path]


@pytest.mark.parametrize(
    "body",
    [
        lists(EACH),
        lists(*[EACH] * 5),
        generic(title=UNKNOWN * 10),
        receipt(summary={"total_cost": UNKNOWN}),
        receipt(order_url=UNKNOWN, summary={"total_cost": "12.50"}),
    ],
)
def test_what_variables_decide_is_not_told_before_there_are_sample_data(
    body: dict[str, Any],
) -> None:
    assert told(body) == []


@pytest.mark.parametrize(
    ("hats", "paths"), [(1, ["elements"]), (2, []), (4, []), (5, ["elements"])]
)
def test_sample_data_decide_how_many_items_a_repeated_one_makes(
    hats: int, paths: list[str]
) -> None:
    assert told(lists(EACH), {"hats": ["Cap"] * hats}) == paths
