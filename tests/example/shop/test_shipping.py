"""Staff send the parcel on its way in the admin, and the customer hears of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from shop.models import Order

from joinchat_django.models import OutboxMessage

from .conftest import DELIVERY


@pytest.fixture
def order(shopper: Client) -> Order:
    """An order of Lin's."""
    shopper.post("/checkout/", DELIVERY)
    OutboxMessage.objects.all().delete()
    return Order.objects.get()


def press(staff: Client, order: Order, status: str, tracking_number: str = "") -> str:
    """Press the button for the parcel's next step, and return the page that it leads to."""
    page = reverse("admin:shop_order_change", args=[order.pk])
    form = staff.get(page).context["adminform"].form
    lines = {"lines-TOTAL_FORMS": "2", "lines-INITIAL_FORMS": "2"}
    for number, line in enumerate(order.lines.all()):
        lines |= {f"lines-{number}-id": str(line.pk), f"lines-{number}-order": str(order.pk)}
    fields = {**form.initial, **lines, "tracking_number": tracking_number, "_move_on": status}
    return staff.post(page, fields, follow=True).text


def test_the_customer_is_told_with_the_tag_for_it(
    linked_lin: User, order: Order, admin_client: Client
) -> None:
    page = press(admin_client, order, "shipped", "BE 4711")
    assert "is shipped. A message to the customer is queued." in page
    assert "Shipping: on its way" in page
    row = OutboxMessage.objects.get()
    assert (row.user, row.tag, row.group) == (linked_lin, "SHIPPING_UPDATE", f"order-{order.pk}")
    assert row.message.to_dict()["text"] == (
        "Your order A-0001 is on its way to Gent. The parcel's number: BE 4711."
    )
    press(admin_client, order, "delivered", "BE 4711")
    assert OutboxMessage.objects.count() == 2
    order.refresh_from_db()
    assert order.status == "delivered"


def test_a_button_pressed_twice_tells_it_once(
    linked_lin: User, order: Order, admin_client: Client
) -> None:
    press(admin_client, order, "shipped")
    assert "is shipped already" in press(admin_client, order, "shipped")
    assert OutboxMessage.objects.count() == 1


def test_the_page_says_so_when_nobody_can_be_told(order: Order, admin_client: Client) -> None:
    page = admin_client.get(reverse("admin:shop_order_change", args=[order.pk])).text
    assert "has not linked Messenger, and is not told" in page
    assert "Nobody is told." in press(admin_client, order, "shipped")


def test_the_customer_sees_where_the_parcel_is(
    shopper: Client, order: Order, admin_client: Client
) -> None:
    press(admin_client, order, "shipped", "BE 4711")
    page = shopper.get(f"/orders/{order.number}/").text
    assert "It is on its way to you. Its number: BE 4711." in page
