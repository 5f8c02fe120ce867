"""Which variables a message wants that nobody has given."""

from __future__ import annotations

from typing import Any

import pytest

from joinchat_django.api import Problem
from joinchat_django.rendering import missing_variables


def missing(text: str, *, optional_too: bool = True, **context: Any) -> list[str]:
    found = missing_variables({"text": text}, context, optional_too=optional_too)
    return [named(problem) for problem in found]


def named(problem: Problem) -> str:
    """Return the variable that a problem is about."""
    return str(problem).split("“")[1].split("”")[0]


@pytest.mark.parametrize(
    "text",
    [
        "{% for k, v in totals.items %}{{ k }}: {{ v }}{% endfor %}",
        "{{ totals.keys|join:', ' }}{{ totals.values|join:', ' }}",
        "{{ lines.0.title }}{{ lines|first }}{{ lines|length }}",
    ],
)
def test_what_django_finds_is_not_missing(text: str) -> None:
    assert missing(text, totals={"a": 1}, lines=[{"title": "Hat"}]) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{{ lines.1.title }}", "lines.1.title"),
        ("{{ name.first }}", "name.first"),
        ("{{ order.lines.0 }}", "order.lines.0"),
        ("{{ totals.b }}", "totals.b"),
    ],
)
def test_lists_that_are_too_short_and_members_of_values_are_missed(text: str, name: str) -> None:
    context = {"lines": [{"title": "Hat"}], "name": "Eva", "order": {"lines": []}, "totals": {}}
    assert missing(text, **context) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "{% if note and not vip %}{{ note }}{% endif %}",
        "{% for a in b %}{% if a.note == note %}x{% endif %}{% endfor %}",
        "{{ note|default:'none' }}{{ b.0.note|default_if_none:'none' }}",
        "{% firstof note b.0.note 'none' %}",
    ],
)
def test_a_name_that_the_text_can_do_without_may_be_excused(text: str) -> None:
    assert missing(text, b=[{}])
    assert missing(text, b=[{}], optional_too=False) == []
    assert missing(text + "{{ note }}", b=[{}], optional_too=False) == ["note"]


def test_nothing_is_missing_in_the_items_of_an_empty_list() -> None:
    element = {"$each": "discounts as one", "name": "{{ one.name }}, {{ one.of.whom|upper }}"}
    assert missing_variables({"adjustments": [element]}, {"discounts": []}) == []
    element["amount"] = "{{ one.amount }}{{ other }}"
    (problem,) = missing_variables({"adjustments": [element]}, {"discounts": []})
    assert "adjustments[0].amount: needs “other”" in str(problem)


@pytest.mark.parametrize(
    ("each", "names"),
    [("a b as x", []), ("lines|slice:gone as x", ["gone"]), ("n|divisibleby:0 as x", [])],
)
def test_of_an_element_whose_list_cannot_be_had_its_list_alone_is_looked_at(
    each: str, names: list[str]
) -> None:
    body = {"elements": [{"$each": each, "title": "{{ x.title }}"}]}
    found = missing_variables(body, {"lines": [], "n": 1})
    assert [named(problem) for problem in found] == names
