"""The receipt that ``shop/joinchat.py`` sends. From here on staff edit it in the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SLUG = "order-receipt"

BODY: dict[str, Any] = {
    "template_type": "receipt",
    "recipient_name": "{{ order.name }}",
    "merchant_name": "Fern & Kettle",
    "order_number": "{{ order.number }}",
    "order_url": "{{ order.url }}",
    "currency": "{{ order.currency }}",
    "payment_method": "{{ order.payment }}",
    "timestamp": "{{ order.timestamp }}",
    "elements": [
        {
            "$each": "lines as line",
            "title": "{{ line.title }}",
            "subtitle": "{{ line.subtitle }}",
            "quantity": "{{ line.quantity }}",
            "price": "{{ line.total }}",
            "currency": "{{ order.currency }}",
            "image_url": "{{ line.image_url }}",
        }
    ],
    "address": {
        "street_1": "{{ order.street }}",
        "city": "{{ order.city }}",
        "state": "{{ order.region }}",
        "postal_code": "{{ order.postal_code }}",
        "country": "{{ order.country }}",
    },
    "summary": {
        "subtotal": "{{ order.subtotal }}",
        "shipping_cost": "{{ order.shipping_cost }}",
        "total_cost": "{{ order.total }}",
    },
}

SAMPLE: dict[str, Any] = {
    "order": {
        "number": "A-0017",
        "name": 'Lin 小琳 & "Tom"',
        "street": "Kaai 7",
        "city": "Gent",
        "region": "Oost-Vlaanderen",
        "postal_code": "9000",
        "country": "BE",
        "payment": "Card (demo)",
        "currency": "EUR",
        "timestamp": "1767261600",
        "url": "https://shop.example.com/orders/A-0017/",
        "subtotal": 42.80,
        "shipping_cost": 4.90,
        "total": 47.70,
    },
    "lines": [
        {
            "title": "Fog Oolong",
            "subtitle": "High-mountain tea, rolled by hand, 100 g",
            "quantity": 2,
            "total": 33.00,
            "image_url": "https://shop.example.com/static/shop/products/oolong.svg",
        },
        {
            "title": "Orchard Honey",
            "subtitle": "Apple and lime blossom, 350 g",
            "quantity": 1,
            "total": 9.80,
            "image_url": "https://shop.example.com/static/shop/products/honey.svg",
        },
    ],
}


def add_template(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Add the template unless staff have made one of this name already."""
    template_model = apps.get_model("joinchat_django", "MessageTemplate")
    template_model.objects.using(schema_editor.connection.alias).get_or_create(
        slug=SLUG,
        defaults={
            "name": "Order receipt",
            "body": BODY,
            "sample": SAMPLE,
            "tag": "PAYMENT_UPDATE",
        },
    )


class Migration(migrations.Migration):
    dependencies = (("shop", "0002_products"), ("joinchat_django", "0001_initial"))

    operations = (migrations.RunPython(add_template, migrations.RunPython.noop),)
