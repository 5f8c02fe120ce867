"""A customer who leaves a cart behind is called back, by a command for cron."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from shop.models import SavedCart

from joinchat_django.models import MessageTemplate, OutboxMessage

from .conftest import DELIVERY


def left(ago: timedelta) -> None:
    """Have every cart been touched last so long ago."""
    SavedCart.objects.update(changed_at=timezone.now() - ago)


def call_back(*arguments: str) -> str:
    """Run the command, and return what it says."""
    out = StringIO()
    call_command("call_back_carts", *arguments, stdout=out)
    return out.getvalue().strip()


def test_a_cart_that_was_left_is_called_back_once(shopper: Client, linked_lin: User) -> None:
    assert call_back() == "Carts called back: 0. Customers without Messenger: 0."
    left(timedelta(minutes=61))
    assert call_back() == "Carts called back: 1. Customers without Messenger: 0."
    assert call_back() == "Carts called back: 0. Customers without Messenger: 0."
    row = OutboxMessage.objects.get()
    assert (row.user, row.tag) == (linked_lin, "")  # Promotional: no tag.
    first, second = row.message.to_dict()["elements"]
    assert (first["title"], second["title"]) == ("2 × Fog Oolong", "1 × Orchard Honey")
    assert first["buttons"][0]["url"] == "https://tea.example/cart/"
    assert first["image_url"] == "https://tea.example/static/shop/products/oolong.svg"


def test_a_cart_that_was_filled_again_and_left_again_is_called_back_again(
    shopper: Client, linked_lin: User
) -> None:
    left(timedelta(hours=3))
    call_back()
    SavedCart.objects.update(called_back_at=timezone.now() - timedelta(hours=3))
    shopper.post("/cart/timer/add/", {"quantity": 1})
    left(timedelta(hours=2))
    call_back()
    assert OutboxMessage.objects.count() == 2


@pytest.mark.parametrize("what", ["ordered", "emptied", "forgotten"])
def test_a_cart_that_was_ordered_emptied_or_long_forgotten_is_left_alone(
    shopper: Client, linked_lin: User, what: str
) -> None:
    if what == "ordered":
        shopper.post("/checkout/", DELIVERY)
        OutboxMessage.objects.all().delete()
    elif what == "emptied":
        shopper.post("/cart/oolong/remove/")
        shopper.post("/cart/honey/remove/")
    left(timedelta(hours=24 if what == "forgotten" else 2))
    call_back()
    assert not OutboxMessage.objects.exists()


def test_a_customer_without_messenger_is_counted(shopper: Client) -> None:
    left(timedelta(hours=2))
    assert call_back() == "Carts called back: 0. Customers without Messenger: 1."


def test_faults_say_what_to_do(shopper: Client, linked_lin: User) -> None:
    with pytest.raises(CommandError, match="less than 23 hours"):
        call_back("--after=2000")
    MessageTemplate.objects.filter(slug="cart-reminder").delete()
    left(timedelta(hours=2))
    with pytest.raises(CommandError, match="cart-reminder"):
        call_back()


def test_the_cart_waits_for_its_customer_on_another_device(shopper: Client, lin: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(lin)
    assert "Orchard Honey" in elsewhere.get("/cart/").text


def test_what_a_visitor_has_put_in_joins_the_saved_cart(shopper: Client, lin: User) -> None:
    elsewhere = Client()
    elsewhere.post("/cart/timer/add/", {"quantity": 1})
    elsewhere.post("/cart/honey/add/", {"quantity": 5})
    elsewhere.post("/sign-in/", {"username": "lin", "password": "lin"})
    assert "Fog Oolong" in elsewhere.get("/cart/").text
    assert sorted(SavedCart.objects.get().quantities.values()) == [1, 2, 5]
