"""Requests that the contract accepts, each type with every field."""

from __future__ import annotations

import json
from typing import Any

PAGE_ID = 12345
SECRET = "the-secret-of-the-sandbox-tests"

_LINK = {
    "type": "web_url",
    "title": "Open",
    "url": "https://shop.example/",
    "webview_height_ratio": "full",
    "messenger_extensions": True,
    "fallback_url": "https://shop.example/f",
}
_POSTBACK = {"type": "postback", "title": "Go", "payload": {"block_id": "1", "flow_id": 2}}
_DEFAULT_ACTION = {key: value for key, value in _LINK.items() if key != "title"}
_ELEMENT = {
    "title": "Hat",
    "subtitle": "Brown",
    "image_url": "https://shop.example/hat.png",
    "default_action": _DEFAULT_ACTION,
}

# Every type with every field that the contract names.
FULL: dict[str, dict[str, Any]] = {
    "text": {"template_type": "text", "text": "Hello"},
    "button": {
        "template_type": "button",
        "text": "Well?",
        "buttons": [_LINK, _POSTBACK, {**_POSTBACK, "payload": "GO"}],
        "sharable": True,
    },
    "generic": {
        "template_type": "generic",
        "elements": [{**_ELEMENT, "buttons": [_LINK, _POSTBACK]}],
        "image_aspect_ratio": "square",
        "sharable": False,
    },
    "list": {
        "template_type": "list",
        "elements": [{**_ELEMENT, "buttons": [_LINK]}, {**_ELEMENT, "buttons": [_POSTBACK]}],
        "top_element_style": "large",
        "buttons": [_LINK],
        "sharable": True,
    },
    "receipt": {
        "template_type": "receipt",
        "recipient_name": "Mei",
        "order_number": "A-17",
        "currency": "USD",
        "payment_method": "Visa 2345",
        "summary": {"total_cost": 56.14, "subtotal": 75, "shipping_cost": 4.95, "total_tax": 0},
        "order_url": "https://shop.example/orders/17",
        "merchant_name": "Hats",
        "timestamp": "1428444852",
        "elements": [
            {
                "title": "Hat",
                "price": 50,
                "subtitle": "Brown",
                "quantity": 2,
                "currency": "USD",
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
        "adjustments": [{"name": "Discount", "amount": 20.5}],
        "sharable": False,
    },
}


def request(message: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A request with this message in it, to a uuid unless told otherwise."""
    return {
        "page_id": PAGE_ID,
        "recipient": {"uuid": "123456"},
        "message": json.loads(json.dumps(message)),
        **fields,
    }


def text(content: str, **fields: Any) -> dict[str, Any]:
    """A request with a text in it."""
    return request({"template_type": "text", "text": content}, **fields)


def full_request(kind: str) -> dict[str, Any]:
    """The request of this type that has every field."""
    return request(FULL[kind], tag="ACCOUNT_UPDATE", delay=1)
