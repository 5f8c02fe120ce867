"""An order is followed by its receipt, or by none, and never fails for it."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from shop.cart import Cart
from shop.models import Order, Product
from shop.signals import order_placed

from joinchat_django import triggers
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import MessageTemplate, OutboxMessage
from tests.receiving import receiving

from .conftest import DELIVERY


def test_a_linked_customer_gets_the_receipt_of_an_order(
    shopper: Client,
    linked_lin: User,
    delivered: list[Delivered],
    django_capture_on_commit_callbacks: Any,
) -> None:
    # The tag is the developer's promise, whatever staff make of the template.
    MessageTemplate.objects.update(tag="")
    with triggers.raise_errors(), django_capture_on_commit_callbacks(execute=True):
        shopper.post("/checkout/", DELIVERY)
    order = Order.objects.get()
    (message,) = delivered
    envelope = message.envelope
    assert (envelope.recipient.uuid, envelope.tag) == ("uuid-of-lin", "PAYMENT_UPDATE")
    receipt = envelope.message.to_dict()
    assert receipt["template_type"] == "receipt"
    # No escaping: Messenger shows text.
    assert receipt["recipient_name"] == 'Lin 小琳 & "Tom"'
    assert receipt["order_number"] == order.number
    assert receipt["order_url"] == f"https://tea.example/orders/{order.number}/"
    assert receipt["timestamp"] == str(int(order.placed_at.timestamp()))
    assert receipt["summary"] == {
        "subtotal": 42.80,
        "shipping_cost": 4.90,
        "total_cost": 47.70,
    }
    assert [(line["title"], line["quantity"], line["price"]) for line in receipt["elements"]] == [
        ("Fog Oolong", 2, 33.00),
        ("Orchard Honey", 1, 9.80),
    ]
    assert [line["image_url"] for line in receipt["elements"]] == [
        "https://tea.example/static/shop/products/oolong.svg",
        "https://tea.example/static/shop/products/honey.svg",
    ]
    assert receipt["address"] == {
        "street_1": "Kaai 7",
        "city": "Gent",
        "state": "Oost-Vlaanderen",
        "postal_code": "9000",
        "country": "BE",
    }
    row = OutboxMessage.objects.get()
    assert (row.status, row.user, row.trigger) == (
        "sent",
        linked_lin,
        "shop.joinchat.order_receipt",
    )


def test_a_customer_without_a_link_orders_all_the_same(shopper: Client) -> None:
    with triggers.raise_errors():
        shopper.post("/checkout/", DELIVERY)
    assert Order.objects.count() == 1
    assert not OutboxMessage.objects.exists()


def test_a_receipt_that_fails_does_not_stop_the_order(
    shopper: Client, linked_lin: User, caplog: pytest.LogCaptureFixture
) -> None:
    MessageTemplate.objects.all().delete()
    with caplog.at_level(logging.ERROR):
        response = shopper.post("/checkout/", DELIVERY)
    assert response["Location"].endswith("/thank-you/")
    assert "The trigger shop.joinchat.order_receipt failed" in caplog.text


def test_order_and_receipt_are_kept_or_dropped_together(linked_lin: User) -> None:
    cart = Cart(SessionStore())
    cart.set(Product.objects.get(slug="timer"), 1)

    def fail_after_the_trigger(**kwargs: Any) -> None:
        assert OutboxMessage.objects.count() == 1
        raise RuntimeError("the warehouse is closed")

    with receiving(order_placed, fail_after_the_trigger), pytest.raises(RuntimeError):
        Order.objects.place(linked_lin, cart, DELIVERY)
    assert not Order.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db
def test_the_template_is_valid_with_its_sample_data() -> None:
    MessageTemplate.objects.get(slug="order-receipt").full_clean()
