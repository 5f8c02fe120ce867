"""From the cart to an order, which only its customer sees."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from shop.cart import Cart
from shop.models import Order, Product

from .conftest import DELIVERY


def quantities(client: Client) -> dict[str, int]:
    """Return what is in the visitor's cart."""
    return {line.product.slug: line.quantity for line in Cart(client.session).lines()}


@pytest.mark.django_db
def test_a_cart_takes_one_to_twelve_of_each(client: Client) -> None:
    client.post("/cart/oolong/add/", {"quantity": 5})
    client.post("/cart/oolong/add/", {"quantity": 3})
    assert quantities(client) == {"oolong": 8}
    page = client.post("/cart/oolong/add/", {"quantity": 5}, follow=True).content.decode()
    assert quantities(client) == {"oolong": 12}
    assert "12 is the most we can send" in page
    client.post("/cart/oolong/change/", {"quantity": 1})
    for bad in ("0", "-1", "13", "1.5", "many", ""):
        page = client.post("/cart/oolong/change/", {"quantity": bad}, follow=True).content.decode()
        assert "Please give a number from 1 to 12." in page
        client.post("/cart/honey/add/", {"quantity": bad})
    assert quantities(client) == {"oolong": 1}
    client.post("/cart/oolong/remove/")
    assert quantities(client) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("action", ["add", "change", "remove"])
def test_a_link_cannot_change_a_cart(client: Client, action: str) -> None:
    assert client.get(f"/cart/oolong/{action}/?quantity=1").status_code == 405
    assert quantities(client) == {}


@pytest.mark.django_db
def test_shipping_is_free_from_sixty_euros() -> None:
    cart = Cart(SessionStore())
    cart.set(Product.objects.get(slug="oolong"), 2)
    assert (cart.subtotal, cart.shipping, cart.total) == (
        Decimal("33.00"),
        Decimal("4.90"),
        Decimal("37.90"),
    )
    cart.set(Product.objects.get(slug="cups"), 1)
    assert (cart.subtotal, cart.shipping) == (Decimal("61.00"), Decimal("0.00"))


def test_a_product_that_has_left_the_shop_leaves_the_cart(shopper: Client) -> None:
    Product.objects.get(slug="honey").delete()
    assert quantities(shopper) == {"oolong": 2}


def test_an_order_keeps_what_was_bought_and_empties_the_cart(shopper: Client, lin: User) -> None:
    response = shopper.post("/checkout/", DELIVERY)
    order = Order.objects.get()
    assert response["Location"] == f"/orders/A-{order.pk:04d}/thank-you/"
    Product.objects.update(price=Decimal("99.00"), name="Another")
    assert [str(line) for line in order.lines.all()] == ["2 × Fog Oolong", "1 × Orchard Honey"]
    assert (order.user, order.subtotal, order.total) == (lin, Decimal("42.80"), Decimal("47.70"))
    assert quantities(shopper) == {}


def test_a_checkout_without_an_address_orders_nothing(shopper: Client) -> None:
    page = shopper.post("/checkout/", {**DELIVERY, "street": " ", "country": "XX"})
    assert "Please look at the fields marked below." in page.content.decode()
    assert not Order.objects.exists()
    assert quantities(shopper) == {"oolong": 2, "honey": 1}


def test_an_empty_cart_cannot_be_ordered(client: Client, lin: User) -> None:
    client.force_login(lin)
    assert client.post("/checkout/", DELIVERY)["Location"] == "/cart/"
    with pytest.raises(ValueError, match="the cart is empty"):
        Order.objects.place(lin, Cart(SessionStore()), {})
    assert not Order.objects.exists()


@pytest.mark.parametrize("number", ["{0}", "A-0000", "A-1", "B-{0}", "A-9999999999999999999"])
def test_nobody_sees_an_order_that_is_not_theirs(shopper: Client, number: str) -> None:
    shopper.post("/checkout/", DELIVERY)
    own = Order.objects.get().number
    assert shopper.get(f"/orders/{own}/").status_code == 200
    assert shopper.get(f"/orders/{number.format(own[2:])}/").status_code == 404
    shopper.force_login(User.objects.create_user("somebody-else"))
    assert shopper.get(f"/orders/{own}/").status_code == 404
    assert shopper.get(f"/orders/{own}/thank-you/").status_code == 404
