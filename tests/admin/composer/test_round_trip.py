"""A message goes into the form and comes out of it as it was."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import QueryDict
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from joinchat_django.admin.composer import MessageComposer
from joinchat_django.api import message_from_dict
from joinchat_django.api.encoding import encode
from tests.api.strategies import messages
from tests.fuzzing import examples

from .browsing import FormReader

pytestmark = pytest.mark.thorough


def composer_of(body: Any, **more: Any) -> MessageComposer:
    """Return the composer of a message that is not in the database."""
    initial = {"language": "en", "variants": {}, "tag": "", "is_promotional": False}
    return MessageComposer(
        initial=SimpleNamespace(**{**initial, "delay": None, "sample": {}, "body": body, **more})
    )


def submitted(composer: MessageComposer) -> dict[str, str]:
    """Return what a browser submits of a composer that nobody has touched."""
    html = render_to_string("admin/joinchat_django/composer/inner.html", {"composer": composer})
    return FormReader(html).values


def again(values: dict[str, str]) -> MessageComposer:
    data = QueryDict(mutable=True)
    data.update(values)
    return MessageComposer(data)


BODIES: list[dict[str, Any]] = [
    {"template_type": "text", "text": "Hello {{ name }}\n\n小琳 <b>"},
    {
        "template_type": "button",
        "text": "What now?",
        "buttons": [
            {
                "type": "web_url",
                "title": "Shop",
                "url": "https://shop.example/?a=1&b=2",
                "webview_height_ratio": "tall",
                "messenger_extensions": False,
                "fallback_url": "https://shop.example/",
            },
            {"type": "postback", "title": "Run", "payload": {"block_id": 1, "flow_id": "12"}},
            {"type": "postback", "title": "Say", "payload": "{{ what }}"},
        ],
        "sharable": True,
    },
    {
        "template_type": "generic",
        "elements": [
            {
                "$each": "hats as hat",
                "title": "{{ hat.name }}",
                "default_action": {"type": "web_url", "url": "https://shop.example/"},
                "buttons": [{"$each": "hat.links as it", "type": "postback", "title": "{{ it }}"}],
            }
        ],
        "image_aspect_ratio": "square",
    },
    {
        "template_type": "list",
        "elements": [{"title": "One", "subtitle": "first"}, {"title": "Two", "image_url": "x"}],
        "top_element_style": "large",
        "buttons": [{"type": "postback", "title": "More", "payload": "MORE"}],
    },
    {
        "template_type": "receipt",
        "recipient_name": "{{ user.first_name }}",
        "order_number": "17",
        "currency": "EUR",
        "payment_method": "Visa",
        "timestamp": "1700000000",
        "elements": [{"$each": "lines as line", "title": "{{ line.title }}", "price": "{{ p }}"}],
        "address": {
            "street_1": "1 Way",
            "city": "C",
            "postal_code": "1",
            "state": "S",
            "country": "US",
        },
        "summary": {"subtotal": 12.5, "total_cost": "{{ total }}"},
        "adjustments": [{"name": "Bonus", "amount": 3}],
    },
]


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body["template_type"])
def test_each_type_comes_back_from_its_form(body: dict[str, Any]) -> None:
    composer = composer_of(body)
    values = submitted(composer)
    assert composer.panels[0].form
    assert values["composer-0-mode"] == "form"
    # Without the JSON, nothing but the form's own inputs can have brought it back.
    assert again({**values, "composer-0-json": ""}).panels[0].body == body


@pytest.mark.parametrize("kind", messages)
def test_every_valid_message_survives_the_page(kind: Any) -> None:
    @examples(8)
    @given(messages[kind])
    def check(message: Any) -> None:
        body = json.loads(encode(message.to_dict()))
        found = again(submitted(composer_of(body))).panels[0].body
        assert without_empty(found) == without_empty(body)

    def without_empty(body: Any) -> Any:
        """Return the message; what is empty and may be left out is the same as left out."""
        return message_from_dict(numbers(dropped(body))).to_dict()

    check()


def dropped(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: dropped(value) for key, value in node.items() if value != ""}
    return [dropped(item) for item in node] if isinstance(node, list) else node


def numbers(node: Any, key: str = "") -> Any:
    """Return the data with the amounts as numbers that the form left as their exact texts."""
    amounts = {"price", "quantity", "amount", "total_cost", "subtotal", "shipping_cost"}
    if isinstance(node, dict):
        return {name: numbers(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [numbers(item) for item in node]
    is_amount = key in amounts | {"total_tax"} and isinstance(node, str)
    return json.loads(node) if is_amount else node


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"template_type": "text", "text": "a", "colour": "red"}, "colour"),
        ({"template_type": "text", "text": 5}, "text"),
        ({"template_type": "text", "text": "a\rb"}, "text"),
        ({"template_type": "text", "text": None}, "text"),
        ({"template_type": "button", "text": "a", "buttons": {}}, "buttons"),
        ({"template_type": "button", "text": "a", "buttons": ["x"]}, "buttons[0]"),
        ({"template_type": "generic", "elements": [{"title": "a", "$each": 1}]}, "$each"),
        ({"template_type": "generic", "elements": [], "image_aspect_ratio": "{{ a }}"}, "image_"),
        ({"template_type": "receipt", "summary": {"total_cost": True}}, "total_cost"),
        ({"template_type": "receipt", "elements": [{"title": "a"}] * 121}, "elements[120]"),
    ],
)
def test_what_the_form_cannot_show_is_kept_as_json_and_named(
    body: dict[str, Any], place: str
) -> None:
    composer = composer_of(body)
    assert composer.panels[0].form is None
    assert composer.panels[0].mode == "json"
    assert place in str(composer.panels[0].obstacle)
    assert again(submitted(composer)).panels[0].body == body


@pytest.mark.parametrize("body", [{"template_type": "poem"}, {}, [], "text", 7])
def test_what_is_no_message_is_kept_as_json(body: Any) -> None:
    composer = composer_of(body)
    assert composer.panels[0].form is None
    assert again(submitted(composer)).panels[0].text == json.dumps(body, indent=2)


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "title", "elements", "$each", "a"]), inner)
    ),
    max_leaves=8,
)


@examples(20)
@given(
    st.sampled_from(["text", "button", "generic", "list", "receipt"]),
    st.dictionaries(
        st.sampled_from(["text", "elements", "buttons", "summary", "address", "x"]), json_values
    ),
)
def test_no_json_breaks_the_page(word: str, members: dict[str, Any]) -> None:
    composer = composer_of({"template_type": word, **members})
    values = submitted(composer)
    assert again({**values, "composer-op": "refresh"}).panels[0].text


def test_a_form_with_more_inputs_than_the_site_takes_is_left_to_the_json() -> None:
    line = {"title": "A", "price": 1}
    composer = composer_of({"template_type": "receipt", "elements": [line] * 110})
    assert composer.panels[0].form is None
    assert "too long for the form" in str(composer.panels[0].obstacle)
    assert len(submitted(composer)) < 100
