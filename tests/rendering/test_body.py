"""A message whose every text is a template: what becomes of it, and what is refused."""

from __future__ import annotations

import contextlib
import datetime
import traceback
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation

from joinchat_django.api import InvalidMessage, ReceiptTemplate, Text
from joinchat_django.rendering import MessageBody

RECEIPT = {
    "template_type": "receipt",
    "recipient_name": "{{ user.name }}",
    "order_number": "{{ number }}",
    "currency": "EUR",
    "payment_method": "Card",
    "summary": {"total_cost": "{{ total }}", "shipping_cost": 3},
    "elements": [
        {"$each": "lines as line", "title": "{{ line.title }}", "price": "{{ line.price }}"},
        {"title": "Wrapping", "price": "{{ wrapping|default:0 }}"},
    ],
}
CONTEXT: dict[str, Any] = {
    "user": {"name": 'Tom & "Jerry" <b>'},
    "number": 17,
    "total": Decimal("1234.50"),
    "lines": [{"title": "A {{ number }}", "price": Decimal("0.10")}, {"title": "B", "price": 2}],
}


def text(source: str, **context: Any) -> str:
    message = MessageBody.compile({"template_type": "text", "text": source}).render(context)
    assert isinstance(message, Text)
    return message.text


def problems(body: object, **context: Any) -> str:
    with pytest.raises(InvalidMessage) as caught:
        MessageBody.compile(body).render(context)
    return str(caught.value)


def test_a_receipt_is_a_template_too() -> None:
    message = MessageBody.compile(RECEIPT).render(CONTEXT)
    assert isinstance(message, ReceiptTemplate)
    assert message.recipient_name == 'Tom & "Jerry" <b>'
    assert message.summary.total_cost == Decimal("1234.50")
    assert [(line.title, line.price) for line in message.elements] == [
        ("A {{ number }}", Decimal("0.10")),  # a value is never taken for a template
        ("B", 2),
        ("Wrapping", 0),
    ]


@pytest.mark.parametrize(
    "value", ['"}, {"evil": 1', "a\nb", "\\", "</script>", "{{ secret }}", "💶 你好"]
)
def test_no_value_breaks_the_structure(value: str) -> None:
    assert text("{{ name }}", name=value) == value


def test_numbers_are_not_localised_and_texts_are() -> None:
    with translation.override("de"):
        message = MessageBody.compile(RECEIPT).render(CONTEXT)
        assert isinstance(message, ReceiptTemplate)
        assert message.summary.total_cost == Decimal("1234.50")
        assert text("{{ total }}", total=Decimal("1234.5")) == "1234,5"


def test_a_rounded_number_is_still_a_number_in_a_language_with_commas() -> None:
    body = {**RECEIPT, "summary": {"total_cost": "{{ total|floatformat:2 }}"}}
    with translation.override("de"):
        message = MessageBody.compile(body).render({**CONTEXT, "total": 12.5})
    assert message.to_dict()["summary"] == {"total_cost": 12.5}


@pytest.mark.parametrize(
    ("total", "number"),
    [
        (Decimal("1234.50"), 1234.5),
        (1234567, 1234567),
        (Decimal("1E+2"), 100),
        (999_999_999_999_999, 999_999_999_999_999),
        (0.00001, 0.00001),
    ],
)
@pytest.mark.parametrize("filters", ["", "|floatformat:5", "|floatformat:'5g'"])
def test_numbers_have_no_groups_of_thousands(
    settings: Any, total: Any, number: float, filters: str
) -> None:
    settings.USE_THOUSAND_SEPARATOR = True
    body = {**RECEIPT, "summary": {"total_cost": "{{ total%s }}" % filters}}  # noqa: UP031
    for language in ("en", "de"):
        with translation.override(language):
            message = MessageBody.compile(body).render({**CONTEXT, "total": total})
        assert message.to_dict()["summary"] == {"total_cost": number}


def test_dates_take_a_format() -> None:
    assert text('{{ day|date:"Y-m-d" }}', day=datetime.date(2026, 2, 1)) == "2026-02-01"


@pytest.mark.parametrize("tag", ["load i18n", "include 'a'", "extends 'a'", "debug", "url 'a'"])
def test_tags_that_reach_beyond_the_text_do_not_exist(tag: str) -> None:
    assert "text: is no valid template" in problems(
        {"template_type": "text", "text": f"{{% {tag} %}}"}
    )


def test_an_element_is_repeated_over_a_nested_list_with_a_filter() -> None:
    body = {
        "template_type": "generic",
        "elements": [{"$each": "shop.items|slice:':2' as item", "title": "{{ item }}"}],
    }
    message = MessageBody.compile(body).render({"shop": {"items": ["a", "b", "c"]}})
    assert [element["title"] for element in message.to_dict()["elements"]] == ["a", "b"]


@pytest.mark.parametrize("name", ["self", "dicts_", "forloop"])
def test_the_item_of_a_repeated_element_may_have_any_name(name: str) -> None:
    element = {"$each": f"items as {name}", "title": "{{ %s }}" % name}  # noqa: UP031
    body = {"template_type": "generic", "elements": [element]}
    message = MessageBody.compile(body).render({"items": ["a"]})
    assert message.to_dict()["elements"] == [{"title": "a"}]


def test_an_error_does_not_quote_what_else_the_context_holds() -> None:
    body = {"template_type": "text", "text": "{{ phone|default:nix }}"}
    context = {"iban": "DE99 1234"}
    with pytest.raises(InvalidMessage) as caught:
        MessageBody.compile(body).render(context)
    assert "nix" in str(caught.value)
    assert "DE99" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"summary": {"total_cost": "{{ name }}"}}, "summary.total_cost: must be a number"),
        ({"summary": {"total_cost": "{{ gone }}"}}, "found an empty text"),
        ({"elements": [{"$each": "lines"}]}, 'elements[0].$each: must read like "lines as line"'),
        ({"elements": [{"$each": "gone as x", "title": "a"}]}, "must repeat over a list"),
        ({"elements": [{"$each": "a b as x", "title": "a"}]}, "is no valid expression"),
        (
            {"elements": [{"$each": "lines|slice:gone as x"}]},
            "elements[0].$each: cannot be rendered",
        ),
        ({"$each": "lines as line"}, "$each: belongs into an element of a list"),
        ({"order_number": "{{ gone }}"}, "order_number: must not be empty"),
        ({"merchant_name": "{{ name|date:'Y' }}{% if %}"}, "merchant_name: is no valid template"),
        ({"merchant_name": "{% filter %}{% endfilter %}"}, "merchant_name: is no valid template"),
    ],
)
def test_every_error_names_its_place(change: dict[str, Any], expected: str) -> None:
    assert expected in problems({**RECEIPT, **change}, **CONTEXT, name="Lin")


def test_a_text_where_a_number_belongs_has_a_code_of_its_own() -> None:
    body = {**RECEIPT, "summary": {"total_cost": "{{ name }}"}}
    with pytest.raises(InvalidMessage) as caught:
        MessageBody.compile(body).render({**CONTEXT, "name": "Lin"})
    assert [problem.code for problem in caught.value.problems] == ["not_a_number"]


def test_all_errors_come_at_once() -> None:
    body = {**RECEIPT, "summary": {"total_cost": "x"}, "elements": [{"title": "a", "price": "y"}]}
    found = problems(body, **CONTEXT)
    assert "summary.total_cost" in found
    assert "elements[0].price" in found


def test_a_body_in_a_language_is_rendered_in_it() -> None:
    body = {"template_type": "text", "text": "{{ day|date:'F' }} {{ total }}"}
    context = {"day": datetime.date(2026, 3, 1), "total": Decimal("1.5")}
    with translation.override("fr"):
        made = [
            MessageBody.compile(body, language=code).render(context).to_dict()["text"]
            for code in ("de", "pt_BR", "", "../de")
        ]
        assert made == ["März 1,5", "Março 1,5", "mars 1,5", "mars 1,5"]
        assert translation.get_language() == "fr"


@pytest.mark.parametrize("member", ["a", "elements"])
def test_a_body_that_is_nested_too_deeply_is_refused_in_words(member: str) -> None:
    deep: Any = "x"
    for _level in range(5_000):
        deep = {member: [deep]}
    assert "is nested more than 20 levels deep" in problems({**RECEIPT, "address": deep})


def test_tags_that_are_nested_too_deeply_are_refused_in_words() -> None:
    source = "{% if a %}" * 2_000 + "{% endif %}" * 2_000
    assert "its tags nest too deeply" in problems({"template_type": "text", "text": source})


@pytest.mark.parametrize("total", ["1e999", "-1e15", 10**15])
def test_numbers_are_bounded(total: object) -> None:
    body = {**RECEIPT, "summary": {"total_cost": "{{ total }}"}}
    found = problems(body, **{**CONTEXT, "total": total})
    assert "summary.total_cost: must have at most 15 digits" in found


@pytest.mark.parametrize("value", [{"first_name": "Tom"}, ["Tom"]])
def test_a_list_or_an_object_is_no_text(value: object) -> None:
    body = {"template_type": "text", "text": "Hello {% if user %}{{ user }}{% endif %}"}
    assert "text: shows “user”, which is a" in problems(body, user=value)


@pytest.mark.parametrize("filters", ["stringformat:'0100d'", "stringformat:w", "floatformat:100"])
def test_a_filter_takes_no_width_of_three_digits(filters: str) -> None:
    body = {"template_type": "text", "text": f"{{{{ n|{filters} }}}}"}
    assert "text: cannot be rendered" in problems(body, n=1, w=".999f")
    body["text"] = "{{ n|stringformat:'05d' }}"
    assert MessageBody.compile(body).render({"n": 1}).to_dict()["text"] == "00001"


def test_four_loops_within_each_other_are_too_many() -> None:
    def text(depth: int) -> dict[str, str]:
        loops = "{% for a in b %}{% if a %}" * depth
        return {"template_type": "text", "text": f"x{loops}{'{% endif %}{% endfor %}' * depth}"}

    MessageBody.compile(text(3)).render({})
    assert "text: is no valid template: more than 3 loops" in problems(text(4))


@pytest.mark.parametrize("method", ["user.clear", "user.popitem", "lines.clear", "lines.pop"])
def test_what_a_template_calls_changes_its_own_copy_alone(method: str) -> None:
    context = {"user": {"name": "Tom"}, "lines": ["Tea"]}
    with contextlib.suppress(InvalidMessage):
        text("x{{ %s }}" % method, **context)  # noqa: UP031
    assert context == {"user": {"name": "Tom"}, "lines": ["Tea"]}
