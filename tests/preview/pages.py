"""Messages of each type, and their previews taken apart."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from joinchat_django.preview import render_message

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
