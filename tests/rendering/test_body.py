from __future__ import annotations

import datetime
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
        (1e16, 10**16),
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


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"summary": {"total_cost": "{{ name }}"}}, "summary.total_cost: must be a number"),
        ({"summary": {"total_cost": "{{ gone }}"}}, "found an empty text"),
        ({"elements": [{"$each": "lines"}]}, 'elements[0].$each: must read like "lines as line"'),
        ({"elements": [{"$each": "gone as x", "title": "a"}]}, "must repeat over a list"),
        ({"elements": [{"$each": "a b as x", "title": "a"}]}, "is no valid expression"),
        ({"$each": "lines as line"}, "$each: belongs into an element of a list"),
        ({"order_number": "{{ gone }}"}, "order_number: must not be empty"),
        ({"merchant_name": "{{ name|date:'Y' }}{% if %}"}, "merchant_name: is no valid template"),
    ],
)
def test_every_error_names_its_place(change: dict[str, Any], expected: str) -> None:
    assert expected in problems({**RECEIPT, **change}, **CONTEXT, name="Lin")


def test_all_errors_come_at_once() -> None:
    body = {**RECEIPT, "summary": {"total_cost": "x"}, "elements": [{"title": "a", "price": "y"}]}
    found = problems(body, **CONTEXT)
    assert "summary.total_cost" in found
    assert "elements[0].price" in found
