"""The shop's staff write to customers about their orders."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from shop.models import Order

from joinchat_django import broadcasts
from joinchat_django.models import MessageTemplate, OutboxMessage

from .conftest import DELIVERY

DELAYED = {
    "template_type": "text",
    "text": "{{ user.first_name }}, your order {{ order.number }} comes a day late.",
}


@pytest.mark.django_db
def test_a_page_of_orders_and_what_is_written_about_them_take_few_queries(
    shopper: Client, linked_lin: User, admin_client: Client
) -> None:
    counts = []
    for _order in range(3):
        shopper.post("/cart/oolong/add/", {"quantity": 1})
        shopper.post("/checkout/", DELIVERY)
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(reverse("admin:shop_order_changelist"))
        draft = broadcasts.draft(Order.objects.all(), requested_by=None)
        draft.body = DELAYED
        with CaptureQueriesContext(connection) as more:
            assert len(broadcasts.try_out(draft)) == Order.objects.count()
        counts.append((len(queries), len(more)))
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.django_db
def test_staff_write_to_the_customer_of_an_order_about_that_order(
    shopper: Client,
    linked_lin: User,
    admin_client: Client,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        shopper.post("/checkout/", DELIVERY)
    order = Order.objects.get()
    template = MessageTemplate.objects.create(slug="delayed", name="Delayed", body=DELAYED)
    orders = reverse("admin:shop_order_changelist")
    selection = {"action": "send_messenger_message", "_selected_action": [order.pk]}
    compose = admin_client.post(orders, selection)["Location"]
    assert "Orders: 1 selected" in admin_client.get(compose).text
    chosen = {"source": "template", "template": template.pk}
    review = admin_client.post(compose, chosen)["Location"]
    page = admin_client.get(review)
    words = f"Lin, your order {order.number} comes a day late."
    assert words in page.text
    with django_capture_on_commit_callbacks(execute=True):
        admin_client.post(review, {"reviewed": page.context["reviewed"]})
    row = OutboxMessage.objects.latest("pk")
    assert (row.user, row.message.to_dict()["text"]) == (linked_lin, words)
