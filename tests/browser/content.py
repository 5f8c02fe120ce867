"""Words and messages that are hard to show: markup, emoji, Chinese, and words without an end."""

from __future__ import annotations

from typing import Any

ENDLESS = "wolfeschlegelsteinhausenbergerdorffwelchevoralterngewissenhaftschaferswesen"
LONG_ERROR = (
    'HTTP 400: {"error":"<script>alert(1)</script> (#100) No matching user found for the '
    f"recipient https://api.example/v2/send?{ENDLESS}={ENDLESS}&{ENDLESS}"
    '"}'
)
PICTURES = "https://pictures.example/"


def picture(name: str) -> str:
    """Return the address of a picture that :func:`.page_list.serve_pictures` draws."""
    return f"{PICTURES}{name}.svg"


def link_button(title: str = "See the whole collection") -> dict[str, Any]:
    return {"type": "web_url", "title": title, "url": "https://shop.example/tea?page=2&sort=new"}


def reply_button(title: str = "是的，請繼續 👍") -> dict[str, Any]:
    return {"type": "postback", "title": title, "payload": "START_OVER"}


CARDS: list[dict[str, Any]] = [
    {
        "title": f"Spring oolong no. {number} <em>hand-picked</em> at 1,200 m",
        "subtitle": "包裹已寄出 · from the slopes of Alishan, in a tin of 100 grams 🍃",
        "image_url": picture(f"tea-{number}"),
        "buttons": [link_button("Buy it"), reply_button(), reply_button("Not for me")],
    }
    for number in range(1, 5)
]

#: A message of each type, by its ``template_type``.
MESSAGES: dict[str, dict[str, Any]] = {
    "text": {
        "template_type": "text",
        "text": f'Hello Tom & "Jerry" <b>Bold</b> 👋\n你好，您的包裹已寄出。\n{ENDLESS}{ENDLESS}',
    },
    "button": {
        "template_type": "button",
        "text": "Your order A-17 has left us. What would you like to know? 還有什麼問題嗎？",
        "buttons": [link_button("Follow the parcel"), reply_button(), reply_button("Call me")],
    },
    "generic": {"template_type": "generic", "elements": CARDS},
    "list": {
        "template_type": "list",
        "top_element_style": "large",
        "elements": [{**card, "buttons": card["buttons"][:1]} for card in CARDS],
        "buttons": [link_button("View all")],
    },
    "receipt": {
        "template_type": "receipt",
        "recipient_name": 'Tom & "Jerry" <b>Bold</b> 小琳',
        "order_number": "A-17-2026-000000000000000000000001",
        "currency": "EUR",
        "payment_method": "Visa 1234",
        "order_url": "https://shop.example/orders/A-17",
        "timestamp": "1780000000",
        "elements": [
            {
                "title": f"Orchard honey <i>{number}</i> 蜂蜜",
                "subtitle": "A jar of 450 grams, with the comb",
                "quantity": number,
                "price": 1234.5,
                "currency": "EUR",
                "image_url": picture("honey"),
            }
            for number in (1, 2, 3)
        ],
        "address": {
            "street_1": "Kaai 7, at the old customs house behind the second lock",
            "street_2": "",
            "city": "Gent",
            "postal_code": "9000",
            "state": "Oost-Vlaanderen",
            "country": "BE",
        },
        "summary": {"subtotal": 7407, "shipping_cost": 4.95, "total_tax": 0, "total_cost": 7401.95},
        "adjustments": [{"name": "New customers’ discount 🎁", "amount": 10}],
    },
}
