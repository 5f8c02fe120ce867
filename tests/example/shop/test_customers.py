"""Signing up, in and out."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

PASSWORD = "a quiet half hour"
NEWCOMER = {
    "first_name": "Ada",
    "username": "ada",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


@pytest.mark.django_db
def test_signing_up_signs_in_and_goes_on_to_where_the_visitor_wanted_to_be(client: Client) -> None:
    client.post("/cart/oolong/add/", {"quantity": 1})
    response = client.post("/sign-up/", {**NEWCOMER, "next": "/checkout/"})
    assert response["Location"] == "/checkout/"
    assert "Place the order" in client.get("/checkout/").content.decode()
    assert User.objects.get().first_name == "Ada"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/sign-up/", "/sign-in/"])
def test_nobody_is_led_to_another_site(client: Client, path: str) -> None:
    if path == "/sign-in/":
        User.objects.create_user("ada", password=PASSWORD)
    fields = {**NEWCOMER, "password": PASSWORD, "next": "https://elsewhere.example/"}
    assert client.post(path, fields)["Location"] == "/account/"


@pytest.mark.django_db
def test_a_form_with_errors_says_what_to_do(client: Client) -> None:
    html = client.post("/sign-up/", {**NEWCOMER, "password2": "another"}).content.decode()
    assert "Please look at the field marked below." in html
    assert "The two password fields didn’t match." in html


def test_signing_out_takes_a_post(client: Client, lin: User) -> None:
    client.force_login(lin)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/"
    assert client.get("/account/").status_code == 302
