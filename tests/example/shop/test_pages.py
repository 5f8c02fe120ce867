"""What holds for every page, and what the pages with the button say."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client

from .conftest import DELIVERY

PUBLIC = ["/", "/tea/oolong/", "/cart/", "/sign-in/", "/sign-up/"]
PRIVATE = ["/account/", "/checkout/", "/orders/A-0001/", "/orders/A-0001/thank-you/"]


class Elements(HTMLParser):
    """All start tags of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def check_page(response: Any) -> str:
    """Check what holds for every page, and return its HTML."""
    assert response.status_code == 200
    html: str = response.content.decode()
    elements = Elements(html).found
    labels = {attributes["for"] for tag, attributes in elements if "for" in attributes}
    for tag, attributes in elements:
        # Nothing that a strict Content-Security-Policy would stop.
        assert tag != "style"
        assert tag != "script" or attributes.get("src")
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        assert tag != "img" or "alt" in attributes
        for name in ("src", "href"):
            if attributes.get(name, "").startswith("/static/"):
                assert finders.find(attributes[name].removeprefix("/static/")), attributes
        if tag in ("input", "select") and attributes.get("type") not in ("hidden", "radio"):
            assert attributes["id"] in labels, attributes
    assert len(re.findall("<h1", html)) == 1
    return html


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_pages_for_everybody(client: Client, path: str) -> None:
    html = check_page(client.get(path))
    assert "Sign in" in html


def test_pages_for_a_customer(shopper: Client) -> None:
    shopper.post("/checkout/", DELIVERY)
    shopper.post("/cart/cups/add/", {"quantity": 1})
    for path in [*PUBLIC[:3], *PRIVATE]:
        assert "Sign out" in check_page(shopper.get(path)), path


@pytest.mark.django_db
@pytest.mark.parametrize("path", PRIVATE)
def test_a_visitor_is_asked_to_sign_in_first(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response["Location"]) == (302, f"/sign-in/?next={path}")


def test_the_account_page_offers_the_button_and_says_whether_messenger_is_linked(
    client: Client, lin: User
) -> None:
    client.force_login(lin)
    html = client.get("/account/").content.decode()
    assert 'data-joinchat-save-url="/joinchat/save-uuid"' in html
    assert "/js/analytics/sdk/15150c9d53ccc1eb21ffef1af5b6b184.js" in html
    assert "<div data-messenger-linked hidden>" in html
    client.post("/joinchat/save-uuid", {"uuid": "uuid-of-lin"})
    html = client.get("/account/").content.decode()
    assert "<div data-messenger-linked>" in html
    assert "connected since" in html


def test_the_thank_you_page_offers_the_button_to_those_who_are_not_linked(
    shopper: Client,
) -> None:
    ordered = shopper.post("/checkout/", DELIVERY)
    assert "data-joinchat-save-url" in shopper.get(ordered["Location"]).content.decode()
    shopper.post("/joinchat/save-uuid", {"uuid": "uuid-of-lin"})
    html = shopper.get(ordered["Location"]).content.decode()
    assert "data-joinchat-save-url" not in html
    assert "on its way to your Messenger" in html


@pytest.mark.django_db
def test_an_unknown_page_is_answered_in_the_shops_own_look(client: Client) -> None:
    response = client.get("/tea/coffee/")
    assert response.status_code == 404
    assert "There is nothing here." in response.content.decode()


def test_the_admin_shows_orders_and_products(shopper: Client, admin_client: Client) -> None:
    shopper.post("/checkout/", DELIVERY)
    assert "A-0001" in admin_client.get("/admin/shop/order/").content.decode()
    assert "Fog Oolong" in admin_client.get("/admin/shop/order/1/change/").content.decode()
    assert "Slow Kettle" in admin_client.get("/admin/shop/product/").content.decode()
