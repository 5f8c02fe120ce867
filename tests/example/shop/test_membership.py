"""Points and a coupon: after sign-up, or as soon as the customer is linked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from shop.models import Membership, Order

from joinchat_django import linking, triggers
from joinchat_django.backends.locmem import Delivered

from .conftest import DELIVERY
from .test_customers import NEWCOMER


@pytest.fixture(autouse=True)
def _no_trigger_fails() -> Any:
    """``user_linked`` is sent robustly, so that an error shows in the trigger's count alone."""
    before = triggers.registry["shop.joinchat.welcome"].failed
    yield
    assert triggers.registry["shop.joinchat.welcome"].failed == before


def link_by_click(browser: Client, uuid: str) -> Any:
    return browser.post("/joinchat/save-uuid", {"uuid": uuid}).json()


@pytest.mark.django_db
def test_a_visitor_who_clicked_before_signing_up_is_welcomed_by_the_sign_up(
    client: Client, delivered: list[Delivered], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert link_by_click(client, "uuid-of-ada") == {"linked": False, "pending": True}
    assert delivered == []
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/sign-up/", NEWCOMER)
    (message,) = delivered
    membership = Membership.objects.get()
    assert message.envelope.recipient.uuid == "uuid-of-ada"
    assert message.envelope.tag is None  # A coupon is promotional.
    text = message.envelope.message.to_dict()["text"]
    assert text.startswith("Welcome, Ada! You have 50 points")
    assert membership.coupon in text


@pytest.mark.django_db
def test_a_customer_who_links_later_is_welcomed_then_and_once(
    client: Client,
    lin: User,
    delivered: list[Delivered],
    django_capture_on_commit_callbacks: Any,
) -> None:
    client.force_login(lin)
    for uuid in ("first", "first", "second"):
        with django_capture_on_commit_callbacks(execute=True):
            link_by_click(client, uuid)
    assert [one.envelope.recipient.uuid for one in delivered] == ["first"]


@pytest.mark.django_db
def test_nobody_is_offered_a_coupon_that_was_used(
    lin: User, delivered: list[Delivered], django_capture_on_commit_callbacks: Any
) -> None:
    assert Membership.objects.of(lin).use_coupon()
    with django_capture_on_commit_callbacks(execute=True):
        linking.link(lin, "uuid-of-lin")
    assert delivered == []


def test_the_coupon_takes_ten_percent_off_once(shopper: Client, lin: User) -> None:
    coupon = Membership.objects.of(lin).coupon
    shopper.post("/checkout/", {**DELIVERY, "coupon": f" {coupon.lower()} "})
    order = Order.objects.get()
    assert (order.subtotal, order.discount) == (Decimal("42.80"), Decimal("4.28"))
    assert order.total == Decimal("43.42")
    assert "€4.28" in shopper.get(f"/orders/{order.number}/").text
    shopper.post("/cart/oolong/add/", {"quantity": 1})
    again = shopper.post("/checkout/", {**DELIVERY, "coupon": coupon})
    assert "This coupon was used before." in again.text
    assert Order.objects.count() == 1


def test_a_coupon_that_is_used_while_the_form_is_open_is_said_and_nothing_is_ordered(
    shopper: Client, lin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    membership = Membership.objects.of(lin)
    fields = {**DELIVERY, "coupon": membership.coupon}
    place = Order.objects.place

    def place_after_another_tab(*args: Any, **options: Any) -> Order:
        membership.use_coupon()
        return place(*args, **options)

    monkeypatch.setattr(Order.objects, "place", place_after_another_tab)
    assert "This coupon was used before." in shopper.post("/checkout/", fields).text
    assert not Order.objects.exists()
    assert Membership.objects.of(lin).points == 50


def test_another_customers_coupon_is_refused(shopper: Client) -> None:
    others = Membership.objects.of(User.objects.create_user("eve")).coupon
    page = shopper.post("/checkout/", {**DELIVERY, "coupon": others})
    assert "This is not your coupon" in page.text
    assert not Order.objects.exists()


def test_the_receipt_names_what_the_coupon_took_off(
    shopper: Client,
    linked_lin: User,
    delivered: list[Delivered],
    django_capture_on_commit_callbacks: Any,
) -> None:
    coupon = Membership.objects.of(linked_lin).coupon
    with triggers.raise_errors(), django_capture_on_commit_callbacks(execute=True):
        shopper.post("/checkout/", {**DELIVERY, "coupon": coupon})
    receipt = delivered[0].envelope.message.to_dict()
    assert receipt["adjustments"] == [{"name": "Coupon", "amount": 4.28}]
    assert receipt["summary"]["total_cost"] == 43.42


def test_each_euro_earns_a_point(shopper: Client, lin: User) -> None:
    shopper.post("/checkout/", DELIVERY)
    assert Membership.objects.of(lin).points == 50 + 42
    page = shopper.get("/account/").text
    assert "92 points" in page
    assert Membership.objects.of(lin).coupon in page
