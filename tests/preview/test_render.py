"""What Messenger shows of each type of message, a preview shows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils import translation
from django.utils.safestring import SafeString

import joinchat_django
from joinchat_django.preview import render_message

from .pages import ELEMENT, LINK, MESSAGES, RECEIPT, page


def test_a_text_keeps_its_lines() -> None:
    found = render_message({"template_type": "text", "text": "One\n  two 👋 你好"})
    assert isinstance(found, SafeString)
    assert ">One\n  two 👋 你好</p>" in found


def test_a_menu_has_links_and_buttons() -> None:
    found = page(MESSAGES["button"])
    assert "Well?" in found.text
    assert found.values("a", "href") == [LINK["url"]]
    assert found.values("button", "type") == ["button"]


def test_every_link_opens_apart_from_the_page() -> None:
    for message in MESSAGES.values():
        for link in page(message).all("a"):
            assert (link["rel"], link["target"]) == ("noopener noreferrer", "_blank")


@pytest.mark.parametrize(
    ("payload", "effect"),
    [
        ({"block_id": "123"}, "Runs block 123"),
        ({"flow_id": 12}, "Runs flow 12"),
        ('{"block_id": 1, "flow_id": "2"}', "Runs block 1 and flow 2"),
        ("GO", "Sends GO"),
        ("[1]", "Sends [1]"),
        (None, None),
    ],
)
def test_a_postback_says_what_it_does(payload: object, effect: str | None) -> None:
    button = {"type": "postback", "title": "Go", "payload": payload}
    found = page({"template_type": "button", "text": "x", "buttons": [button]})
    assert found.values("button", "title") == [effect]


@pytest.mark.parametrize(
    ("payload", "block", "flow", "sent"),
    [
        ({"block_id": "123"}, "123", "", ""),
        ('{"block_id": 1, "flow_id": "2"}', "1", "2", ""),
        ("GO", "", "", "GO"),
        ('{"other": 1}', "", "", '{"other": 1}'),
        ([1], "", "", ""),
    ],
)
def test_a_postback_does_nothing_itself_but_says_what_it_stands_for(
    payload: object, block: str, flow: str, sent: str
) -> None:
    button = {"type": "postback", "title": "Go", "payload": payload}
    (found,) = page({"template_type": "button", "text": "x", "buttons": [button]}).all("button")
    assert found["type"] == "button"
    assert found["data-jc-block"] == block
    assert found["data-jc-flow"] == flow
    assert found["data-jc-payload"] == sent
    assert not found.keys() & {"onclick", "formaction", "form", "name", "popovertarget", "command"}


def test_a_carousel_has_a_heading_and_a_picture_for_each_card() -> None:
    found = page({**MESSAGES["generic"], "image_aspect_ratio": "square"})
    assert len(found.all("h3")) == 2
    assert found.values("img", "alt") == ["Brown hat", "Brown hat"]
    assert found.values("img", "src") == [ELEMENT["image_url"]] * 2
    assert "jc-square" in str(found.elements[0][1]["class"])
    region = next(element for element in found.all("div") if element.get("role") == "region")
    assert region["tabindex"] == "0"
    assert region["aria-label"] == "Carousel of 2 cards"


def test_only_a_large_list_has_a_cover() -> None:
    assert 'class="jc-row jc-cover jc-cover-pictured"' in render_message(MESSAGES["list"])
    for style in ("compact", None):
        assert "jc-cover" not in render_message({**MESSAGES["list"], "top_element_style": style})


@override_settings(TIME_ZONE="UTC")
def test_a_receipt_shows_its_lines_its_address_and_its_sums() -> None:
    found = page(RECEIPT)
    words = " ".join(found.text.split())
    for shown in (
        "Hats Hat Felt Quantity: 2 $1,050.50",
        "Order A-17",
        "April 7, 2015, 10:14 p.m.",
        "Visa 2345",
        'Tom & "Jerry"',
        "1 Hacker Way",
        "Menlo Park CA 94025",
        "Subtotal $75.00 Shipping $4.95 Tax $6.19 Discount −$20.00 Total $56.14",
    ):
        assert shown in words
    assert found.values("a", "href") == [RECEIPT["order_url"]]


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (0, "USD", "$0.00"),
        (-3, "EUR", "−€3.00"),
        (1234567, "JPY", "¥1,234,567"),
        (1.2345, "CHF", "CHF\N{NO-BREAK SPACE}1.2345"),
        (0.1 + 0.2, "USD", "$0.30"),
        (12, "", "12.00"),
        ("12.5", "USD", "$12.50"),
        ("{{ total }}", "USD", "{{ total }}"),
        (1e300, "USD", "1e+300"),
        (float("nan"), "USD", "nan"),
    ],
)
def test_an_amount_is_shown_with_its_currency(amount: Any, currency: str, shown: str) -> None:
    message = {**RECEIPT, "currency": currency, "summary": {"total_cost": amount}}
    assert f"<dt>Total</dt><dd>{shown}</dd>" in render_message(message)


@pytest.mark.parametrize(
    ("language", "shown"),
    [
        ("zh-hans", "€1,234,567.50"),
        ("de", "€1.234.567,50"),
        ("vi", "€1.234.567,50"),
    ],
)
def test_the_digits_of_an_amount_are_in_groups_in_every_language(language: str, shown: str) -> None:
    message = {**RECEIPT, "currency": "EUR", "summary": {"total_cost": 1234567.5}}
    with translation.override(language):
        assert f"<dd>{shown}</dd>" in render_message(message)


def test_an_unknown_type_is_shown_as_indented_json() -> None:
    assert '{\n  "template_type": "media",' in page(MESSAGES["unknown"]).text


@pytest.mark.parametrize("kind", ["text", "button", "generic", "list", "receipt"])
def test_an_empty_message_of_each_type_is_shown(kind: str) -> None:
    assert page({"template_type": kind}).elements


@override_settings(TEMPLATES=[])
def test_the_sites_template_settings_do_not_matter() -> None:
    assert "Hello" in render_message(MESSAGES["text"])


@pytest.mark.parametrize("kind", MESSAGES)
def test_all_styles_are_in_the_style_sheet_under_names_of_our_own(kind: str) -> None:
    css = Path(joinchat_django.__file__).parent / "static/joinchat_django/preview.css"
    assert "prefers-color-scheme: dark" in css.read_text()
    for _, attributes in page(MESSAGES[kind]).elements:
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
        for name in str(attributes.get("class", "jc-")).split():
            assert name.startswith("jc-")
    assert re.findall(r"\.(?!jc-)[a-z][\w-]*(?=[^{};]*\{)", css.read_text()) == []
