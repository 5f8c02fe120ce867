"""Requests that the contract accepts: its page's own examples, and one with every field."""

from __future__ import annotations

import json
from typing import Any

PAGE_ID = 12345
SECRET = "the-secret-of-the-sandbox-tests"

_COLLECTION = {
    "title": "View",
    "type": "web_url",
    "url": "https://peterssendreceiveapp.ngrok.io/collection",
    "messenger_extensions": True,
    "webview_height_ratio": "tall",
    "fallback_url": "https://peterssendreceiveapp.ngrok.io/",
}

# The page's fragments, completed to valid JSON: its "..." filled in, its last commas taken out.
PAGE_EXAMPLES: dict[str, dict[str, Any]] = {
    "hello world, as the PHP example signs it": {
        "page_id": 12345,
        "recipient": {"id": "123456"},
        "message": {"template_type": "text", "text": "Hello World"},
        "tag": "ACCOUNT_UPDATE",
        "delay": 1,
    },
    "hello world to a uuid": {
        "page_id": 12345,
        "recipient": {"uuid": "123456"},
        "message": {"template_type": "text", "text": "Hello World"},
        "tag": "ACCOUNT_UPDATE",
        "delay": 1,
    },
    "a menu": {
        "page_id": 12345,
        "recipient": {"id": "123456"},
        "message": {
            "template_type": "button",
            "text": "What do you want to do next?",
            "buttons": [
                {"type": "web_url", "url": "https://www.messenger.com", "title": "Visit Messenger"},
                {
                    "type": "postback",
                    "title": "<BUTTON_TEXT>",
                    "payload": {"block_id": "123", "flow_id": "12"},
                },
                {
                    "type": "postback",
                    "title": "<BUTTON_TEXT>",
                    "payload": "<DEVELOPER_DEFINED_PAYLOAD>",
                },
            ],
        },
        "tag": "ACCOUNT_UPDATE",
        "delay": 3,
    },
    "a menu with a web-URL button as explained": {
        "page_id": 12345,
        "recipient": {"id": "123456"},
        "message": {
            "template_type": "button",
            "text": "What do you want to do next?",
            "buttons": [
                {"type": "web_url", "url": "<URL_TO_OPEN_IN_WEBVIEW>", "title": "<BUTTON_TEXT>"}
            ],
        },
    },
    "a carousel": {
        "page_id": 12345,
        "recipient": {"id": "123456"},
        "message": {
            "template_type": "generic",
            "elements": [
                {
                    "title": "Welcome!",
                    "image_url": "https://petersfancybrownhats.com/company_image.png",
                    "subtitle": "We have the right hat for everyone.",
                    "default_action": {
                        "type": "web_url",
                        "url": "https://petersfancybrownhats.com/view?item=103",
                        "webview_height_ratio": "tall",
                    },
                    "buttons": [
                        {
                            "type": "web_url",
                            "url": "https://petersfancybrownhats.com",
                            "title": "View Website",
                        },
                        {
                            "type": "postback",
                            "title": "Start Chatting",
                            "payload": "DEVELOPER_DEFINED_PAYLOAD",
                        },
                    ],
                }
            ],
        },
        "tag": "ACCOUNT_UPDATE",
        "delay": 3,
    },
    "a list": {
        "page_id": 12345,
        "recipient": {"id": "123456"},
        "message": {
            "template_type": "list",
            "top_element_style": "compact",
            "elements": [
                {
                    "title": "Classic T-Shirt Collection",
                    "subtitle": "See all our colors",
                    "image_url": "https://peterssendreceiveapp.ngrok.io/img/collection.png",
                    "buttons": [_COLLECTION],
                },
                {
                    "title": "Classic White T-Shirt",
                    "subtitle": "See all our colors",
                    "default_action": {
                        "type": "web_url",
                        "url": "https://peterssendreceiveapp.ngrok.io/view?item=100",
                        "messenger_extensions": False,
                        "webview_height_ratio": "tall",
                    },
                },
                {
                    "title": "Classic Blue T-Shirt",
                    "image_url": "https://peterssendreceiveapp.ngrok.io/img/blue-t-shirt.png",
                    "subtitle": "100% Cotton, 200% Comfortable",
                    "default_action": {
                        "type": "web_url",
                        "url": "https://peterssendreceiveapp.ngrok.io/view?item=101",
                        "messenger_extensions": True,
                        "webview_height_ratio": "tall",
                        "fallback_url": "https://peterssendreceiveapp.ngrok.io/",
                    },
                    "buttons": [{**_COLLECTION, "title": "Shop Now"}],
                },
            ],
            "buttons": [{"title": "View More", "type": "postback", "payload": "payload"}],
        },
        "tag": "ACCOUNT_UPDATE",
        "delay": 3,
    },
}

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


def full_request(kind: str) -> dict[str, Any]:
    """The request of this type that has every field."""
    return request(FULL[kind], tag="ACCOUNT_UPDATE", delay=1)
