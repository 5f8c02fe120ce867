"""What an unfinished message is told: what no variable can cure, and not what one decides."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django.admin.composer.drafts import Draft, is_gap

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


@pytest.mark.parametrize(
    ("body", "gaps"),
    [
        (button(), {"buttons": True}),
        (lists(row()), {"elements": True}),
        (lists(row(), {"title": "A"}), {"elements[1]": True}),
        (generic(title=""), {"elements[0].title": True}),
        (lists(*[row()] * 5), {"elements": False}),
        (generic(title="x" * 81), {"elements[0].title": False}),
    ],
)
def test_what_is_only_not_there_yet_is_told_from_what_is_wrong(
    body: dict[str, Any], gaps: dict[str, bool]
) -> None:
    problems = Draft(body, {}, "en").problems()
    assert {problem.path: is_gap(body, problem) for problem in problems} == gaps


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (generic(title="{{ name }}"), "elements[0].title"),
        (generic(**{"$each": "names as name", "title": "{{ name }}"}), "elements[0].title"),
        (button({"type": "postback", "title": "A", "payload": "{{ name }}"}), "buttons[0].payload"),
    ],
)
def test_a_place_whose_variable_turns_out_empty_is_no_gap(body: dict[str, Any], path: str) -> None:
    [problem] = Draft(body, {"name": "", "names": [""]}, "en").problems()
    assert (problem.path, problem.code, is_gap(body, problem)) == (path, "blank", False)
