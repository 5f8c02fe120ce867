"""Messages of all five types with every field that the contract names, and their JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from joinchat_django.api import (
    Address,
    Adjustment,
    ButtonTemplate,
    DefaultAction,
    GenericElement,
    GenericTemplate,
    ListElement,
    ListTemplate,
    Message,
    PostbackButton,
    ReceiptElement,
    ReceiptTemplate,
    Summary,
    Text,
    WebURLButton,
)

LINK = WebURLButton(
    title="打开 🛒",
    url="https://shop.example/?q=帽子&n=1",
    webview_height_ratio="tall",
    messenger_extensions=True,
    fallback_url="https://shop.example/fallback",
)
POSTBACK = PostbackButton(title="Start", block_id="123", flow_id=12)
ACTION = DefaultAction(
    url="https://shop.example/hat",
    webview_height_ratio="compact",
    messenger_extensions=False,
    fallback_url="https://shop.example/fallback",
)
ADDRESS = Address(
    street_1="南京东路 100 号",
    street_2="3 楼",
    city="上海",
    postal_code="200001",
    state="上海市",
    country="CN",
)
FULL: dict[str, Message] = {
    "text": Text('你好, Tom & "Jerry" \\ / 👋🏽'),
    "button": ButtonTemplate("接下来?", buttons=[LINK, POSTBACK], sharable=True),
    "generic": GenericTemplate(
        elements=[
            GenericElement(
                title="帽子 🎩",
                subtitle="for everyone",
                image_url="https://shop.example/hat.png",
                default_action=ACTION,
                buttons=[LINK, POSTBACK],
            )
        ],
        image_aspect_ratio="square",
        sharable=False,
    ),
    "list": ListTemplate(
        elements=[
            ListElement(
                title="帽子 🎩",
                subtitle="for everyone",
                image_url="https://shop.example/hat.png",
                default_action=ACTION,
                buttons=[LINK],
            ),
            ListElement(title="围巾 🧣", subtitle="for winter"),
        ],
        top_element_style="large",
        buttons=[POSTBACK],
        sharable=True,
    ),
    "receipt": ReceiptTemplate(
        recipient_name="小琳 🌸",
        order_number="A-17",
        currency="CNY",
        payment_method="支付宝",
        merchant_name="帽子店",
        order_url="https://shop.example/orders/17",
        timestamp="1428444852",
        elements=[
            ReceiptElement(
                title="帽子",
                subtitle="brown",
                quantity=2,
                price=Decimal("19.90"),
                currency="CNY",
                image_url="https://shop.example/hat.png",
            )
        ],
        address=ADDRESS,
        summary=Summary(
            subtotal=Decimal("39.80"), shipping_cost=5, total_tax=0, total_cost=Decimal("44.80")
        ),
        adjustments=[Adjustment(name="优惠", amount=Decimal("-0.5"))],
        sharable=False,
    ),
}

_LINK_JSON = {
    "type": "web_url",
    "title": "打开 🛒",
    "url": "https://shop.example/?q=帽子&n=1",
    "webview_height_ratio": "tall",
    "messenger_extensions": True,
    "fallback_url": "https://shop.example/fallback",
}
_POSTBACK_JSON = {
    "type": "postback",
    "title": "Start",
    "payload": '{"block_id":"123","flow_id":12}',
}
_HAT_JSON = {
    "title": "帽子 🎩",
    "subtitle": "for everyone",
    "image_url": "https://shop.example/hat.png",
    "default_action": {
        "type": "web_url",
        "url": "https://shop.example/hat",
        "webview_height_ratio": "compact",
        "messenger_extensions": False,
        "fallback_url": "https://shop.example/fallback",
    },
}
FULL_JSON: dict[str, dict[str, Any]] = {
    "text": {"template_type": "text", "text": '你好, Tom & "Jerry" \\ / 👋🏽'},
    "button": {
        "template_type": "button",
        "text": "接下来?",
        "buttons": [_LINK_JSON, _POSTBACK_JSON],
        "sharable": True,
    },
    "generic": {
        "template_type": "generic",
        "elements": [{**_HAT_JSON, "buttons": [_LINK_JSON, _POSTBACK_JSON]}],
        "image_aspect_ratio": "square",
        "sharable": False,
    },
    "list": {
        "template_type": "list",
        "elements": [
            {**_HAT_JSON, "buttons": [_LINK_JSON]},
            {"title": "围巾 🧣", "subtitle": "for winter"},
        ],
        "top_element_style": "large",
        "buttons": [_POSTBACK_JSON],
        "sharable": True,
    },
    "receipt": {
        "template_type": "receipt",
        "recipient_name": "小琳 🌸",
        "order_number": "A-17",
        "currency": "CNY",
        "payment_method": "支付宝",
        "merchant_name": "帽子店",
        "order_url": "https://shop.example/orders/17",
        "timestamp": "1428444852",
        "elements": [
            {
                "title": "帽子",
                "subtitle": "brown",
                "quantity": 2,
                "price": 19.9,
                "currency": "CNY",
                "image_url": "https://shop.example/hat.png",
            }
        ],
        "address": {
            "street_1": "南京东路 100 号",
            "street_2": "3 楼",
            "city": "上海",
            "postal_code": "200001",
            "state": "上海市",
            "country": "CN",
        },
        "summary": {"subtotal": 39.8, "shipping_cost": 5, "total_tax": 0, "total_cost": 44.8},
        "adjustments": [{"name": "优惠", "amount": -0.5}],
        "sharable": False,
    },
}
