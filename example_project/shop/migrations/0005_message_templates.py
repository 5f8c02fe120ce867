"""The other messages that the shop sends, and the coupon's line in the receipt.

From here on staff edit them in the admin: a receipt that they have changed stays as it is.
"""

from __future__ import annotations

import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

before = import_module("shop.migrations.0003_order_receipt")

WELCOME: dict[str, Any] = {
    "name": "Welcome: points and a coupon",
    "is_promotional": True,
    "body": {
        "template_type": "button",
        "text": (
            "Welcome{% if user.first_name %}, {{ user.first_name }}{% endif %}! You have "
            "{{ points }} points, and this coupon takes {{ percent }} % off your next order: "
            "{{ coupon }}"
        ),
        "buttons": [{"type": "web_url", "title": "See the shelf", "url": "{{ shop_url }}#shelf"}],
    },
    "sample": {
        "points": 50,
        "percent": 10,
        "coupon": "TEA-7KQ2-M9XF",
        "shop_url": "https://shop.example.com/",
        "user": {"first_name": "Lin"},
    },
}

CART_REMINDER: dict[str, Any] = {
    "name": "Call-back: the cart is waiting",
    "is_promotional": True,
    "body": {
        "template_type": "generic",
        "image_aspect_ratio": "square",
        "elements": [
            {
                "$each": "lines as line",
                "title": "{{ line.quantity }} × {{ line.title }}",
                "subtitle": "{{ line.subtitle }}",
                "image_url": "{{ line.image_url }}",
                "default_action": {"type": "web_url", "url": "{{ cart_url }}"},
                "buttons": [
                    {"type": "web_url", "title": "Back to your cart", "url": "{{ cart_url }}"}
                ],
            }
        ],
    },
    "sample": {
        "cart_url": "https://shop.example.com/cart/",
        "lines": [
            {
                "title": "Fog Oolong",
                "subtitle": "High-mountain tea, rolled by hand, 100 g",
                "quantity": 2,
                "price": 16.50,
                "image_url": "https://shop.example.com/static/shop/products/oolong.svg",
            },
            {
                "title": "Orchard Honey",
                "subtitle": "Apple and lime blossom, 350 g",
                "quantity": 1,
                "price": 9.80,
                "image_url": "https://shop.example.com/static/shop/products/honey.svg",
            },
        ],
    },
}

ORDER_SAMPLE: dict[str, Any] = {
    "order": {
        "number": "A-0017",
        "name": 'Lin 小琳 & "Tom"',
        "city": "Gent",
        "tracking_number": "BE 4711 0815",
        "url": "https://shop.example.com/orders/A-0017/",
    }
}

ORDER_SHIPPED: dict[str, Any] = {
    "name": "Shipping: on its way",
    "tag": "SHIPPING_UPDATE",
    "body": {
        "template_type": "button",
        "text": (
            "Your order {{ order.number }} is on its way to {{ order.city }}."
            "{% if order.tracking_number %} The parcel's number: {{ order.tracking_number }}."
            "{% endif %}"
        ),
        "buttons": [{"type": "web_url", "title": "See the order", "url": "{{ order.url }}"}],
    },
    "sample": ORDER_SAMPLE,
}

ORDER_DELIVERED: dict[str, Any] = {
    "name": "Shipping: delivered",
    "tag": "SHIPPING_UPDATE",
    "body": {
        "template_type": "text",
        "text": "Your order {{ order.number }} has arrived in {{ order.city }}. Enjoy your tea!",
    },
    "sample": ORDER_SAMPLE,
}

TEMPLATES = {
    "welcome": WELCOME,
    "cart-reminder": CART_REMINDER,
    "order-shipped": ORDER_SHIPPED,
    "order-delivered": ORDER_DELIVERED,
}


def receipt_with_coupon() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the receipt's body and sample data, with a line for what a coupon took off."""
    body, sample = copy.deepcopy(before.BODY), copy.deepcopy(before.SAMPLE)
    body["adjustments"] = [
        {
            "$each": "discounts as discount",
            "name": "{{ discount.name }}",
            "amount": "{{ discount.amount }}",
        }
    ]
    sample["discounts"] = [{"name": "Coupon", "amount": 4.28}]
    sample["order"]["total"] = 43.42
    return body, sample


def add_templates(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Add those that staff have not made already."""
    template_model = apps.get_model("joinchat_django", "MessageTemplate")
    templates = template_model.objects.using(schema_editor.connection.alias)
    for slug, values in TEMPLATES.items():
        templates.get_or_create(slug=slug, defaults=values)
    receipt = templates.filter(slug=before.SLUG).first()
    if receipt and (receipt.body, receipt.sample) == (before.BODY, before.SAMPLE):
        receipt.body, receipt.sample = receipt_with_coupon()
        receipt.save()


class Migration(migrations.Migration):
    dependencies = (
        ("shop", "0004_customers"),
        ("joinchat_django", "0003_staff"),
    )

    operations = (migrations.RunPython(add_templates, migrations.RunPython.noop),)
