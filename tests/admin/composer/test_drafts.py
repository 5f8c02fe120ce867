"""What an unfinished message is told: what no variable can cure, and not what one decides."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django.admin.composer.drafts import Draft

from .bodies import BUTTON, button, generic, lists, receipt, row

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
        generic(title="{% if unknown %}" + "A" * 81 + "{% endif %}"),
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
        (generic(**{"$each": "", "title": "A"}), {"elements[0].$each": True}),
        ({"template_type": "text", "text": None}, {"text": False}),
        ({"template_type": "text", "text": "A", "my-key": 1}, {"'my-key'": False}),
    ],
)
def test_what_is_only_not_there_yet_is_told_from_what_is_wrong(
    body: dict[str, Any], gaps: dict[str, bool]
) -> None:
    draft = Draft(body, {}, "en")
    assert {problem.path: draft.is_gap(problem) for problem in draft.problems()} == gaps


@pytest.mark.parametrize(
    ("body", "path", "code"),
    [
        (generic(title="{{ name }}"), "elements[0].title", "blank"),
        (
            generic(**{"$each": "names as name", "title": "{{ name }}"}),
            "elements[0].title",
            "blank",
        ),
        (lists(row(), {"title": "A", "subtitle": "{{ name }}"}), "elements[1]", "required"),
        (lists({**row(), "$each": "names as name"}), "elements", "too_few"),
    ],
)
def test_a_place_that_is_filled_in_is_no_gap_whatever_its_variables_become(
    body: dict[str, Any], path: str, code: str
) -> None:
    draft = Draft(body, {"name": "", "names": [""]}, "en")
    [problem] = draft.problems()
    assert (problem.path, problem.code, draft.is_gap(problem)) == (path, code, False)
