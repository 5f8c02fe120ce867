from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.utils.safestring import SafeString, mark_safe

import joinchat_django
from joinchat_django.preview import render_message

MARKUP = "</p><script>alert(1)</script>\"'&<img src=x onerror=alert(1)>"
LINK = {"type": "web_url", "title": "Open", "url": "https://shop.example/?a=1&b=2"}
POSTBACK = {"type": "postback", "title": "Go", "payload": {"block_id": "123"}}
ELEMENT = {
    "title": "Brown hat",
    "subtitle": "Felt",
    "image_url": "https://shop.example/hat.png",
    "default_action": {"type": "web_url", "url": "https://shop.example/hats/1"},
    "buttons": [LINK],
}
RECEIPT = {
    "template_type": "receipt",
    "recipient_name": 'Tom & "Jerry"',
    "merchant_name": "Hats",
    "order_number": "A-17",
    "order_url": "https://shop.example/orders/17",
    "currency": "USD",
    "payment_method": "Visa 2345",
    "timestamp": "1428444852",
    "elements": [
        {
            "title": "Hat",
            "subtitle": "Felt",
            "quantity": 2,
            "price": 1050.5,
            "image_url": "https://shop.example/hat.png",
        }
    ],
    "address": {
        "street_1": "1 Hacker Way",
        "street_2": "Second floor",
        "city": "Menlo Park",
        "postal_code": "94025",
        "state": "CA",
        "country": "US",
    },
    "summary": {"subtotal": 75, "shipping_cost": 4.95, "total_tax": 6.19, "total_cost": 56.14},
    "adjustments": [{"name": "Discount", "amount": 20}],
}
MESSAGES: dict[str, dict[str, Any]] = {
    "text": {"template_type": "text", "text": "Hello"},
    "button": {"template_type": "button", "text": "Well?", "buttons": [LINK, POSTBACK]},
    "generic": {"template_type": "generic", "elements": [ELEMENT, ELEMENT]},
    "list": {
        "template_type": "list",
        "top_element_style": "large",
        "elements": [ELEMENT, ELEMENT],
        "buttons": [POSTBACK],
    },
    "receipt": RECEIPT,
    "unknown": {"template_type": "media", "url": "https://shop.example/"},
}


class Page(HTMLParser):
    """What is in a piece of HTML: its elements, the text they hold, and tags that do not match."""

    VOID = ("img", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == [], "a tag is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.text += " "
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, "tags do not match"

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def values(self, tag: str, attribute: str) -> list[str | None]:
        return [attributes.get(attribute) for attributes in self.all(tag)]


def page(message: Any) -> Page:
    return Page(render_message(message))


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


def everywhere(value: Any, text: str) -> Any:
    """The message with a text in the place of each string, the types excepted."""
    if isinstance(value, dict):
        keep = ("type", "template_type", "top_element_style")
        return {key: v if key in keep else everywhere(v, text) for key, v in value.items()}
    if isinstance(value, list):
        return [everywhere(item, text) for item in value]
    return text if isinstance(value, str) else value


@pytest.mark.parametrize("kind", MESSAGES)
@pytest.mark.parametrize("trusted", [False, True])
def test_markup_in_any_value_stays_text(kind: str, trusted: bool) -> None:
    text = mark_safe(MARKUP) if trusted else MARKUP
    found = page(everywhere(MESSAGES[kind], text))
    tags = {tag for tag, _ in found.elements}
    assert not tags & {"script", "img", "a"}
    assert "<script>alert(1)</script>" in found.text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " javascript:alert(1)",
        "java\nscript:alert(1)",
        "\x01javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/passwd",
        "//shop.example/",
        "/relative",
        "https:",
        "https:///path",
        "http:shop.example",
        "https://[::1",
        "https://shop.example/a b",
        "ftp://shop.example/",
    ],
)
def test_an_address_that_is_not_http_is_text_and_no_link(url: str) -> None:
    for message in MESSAGES.values():
        found = page(everywhere(message, url))
        assert not found.all("a")
        assert not found.all("img")
    shown = page({"template_type": "generic", "elements": [{"image_url": url}]})
    assert url.strip() in shown.text


@pytest.mark.parametrize("url", ["http://shop.example", "HTTPS://SHOP.example:8/?q=%20&a=<b>#x"])
def test_an_http_address_is_a_link(url: str) -> None:
    button = {**LINK, "url": url}
    found = page({"template_type": "button", "text": "x", "buttons": [button]})
    assert found.values("a", "href") == [url]


def hostile_values() -> list[Any]:
    circle: dict[str, Any] = {}
    circle["circle"] = circle
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    return [
        None,
        True,
        10**5000,
        float("inf"),
        "\0\ud800",
        b"bytes",
        [],
        [None, 1, "x", [], {}],
        {},
        {"": None, 1: 2},
        object(),
        {object(): 1},
        circle,
        deep,
    ]


@pytest.mark.parametrize("kind", MESSAGES)
def test_a_malformed_message_is_shown_as_far_as_it_goes(kind: str) -> None:
    def places(value: Any) -> Any:
        items = list(value.items() if isinstance(value, dict) else enumerate(value))
        for key, item in items:
            yield value, key, item
            if isinstance(item, (dict, list)):
                yield from places(item)

    for hostile in hostile_values():
        for holder, key, item in places(MESSAGES[kind]):
            holder[key] = hostile
            try:
                render_message(MESSAGES[kind]).encode()
            finally:
                holder[key] = item
    for holder, key, item in places(MESSAGES[kind]):
        del holder[key]
        try:
            page(MESSAGES[kind])
        finally:
            if isinstance(holder, list):
                holder.insert(key, item)
            else:
                holder[key] = item


@pytest.mark.parametrize("index", range(len(hostile_values())))
def test_what_is_no_message_at_all_is_shown_as_json(index: int) -> None:
    assert 'class="jc-json"' in render_message(hostile_values()[index])


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
