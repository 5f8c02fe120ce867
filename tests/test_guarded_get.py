"""Saving by GET, as the contract page's own snippet does: off, and guarded where it is on."""

from __future__ import annotations

import pytest
from django.test import Client

from .saving import SAVE, SCRIPTED, assert_refused, links

pytestmark = pytest.mark.django_db


def test_get_is_off_and_the_refusal_says_what_to_do(customer: Client) -> None:
    response = customer.get(SAVE, {"uuid": "abc"}, headers=SCRIPTED)
    reason = assert_refused(response, 405)
    assert "POST" in reason
    assert "{% joinchat_sdk %}" in reason
    assert "ACCEPT_GET" in reason
    assert response["Allow"] == "POST"
    assert links() == []


def test_a_script_of_the_site_may_get_where_the_site_accepts_it(
    customer: Client, accept_get: None
) -> None:
    response = customer.get(SAVE, {"uuid": "abc"}, headers=SCRIPTED)
    assert response.json() == {"linked": True}
    assert "no-store" in response["Cache-Control"]
    assert links() == [("tom", "default", "abc")]


def test_a_get_without_an_accept_header_is_taken(customer: Client, accept_get: None) -> None:
    headers = {name: value for name, value in SCRIPTED.items() if name != "Accept"}
    assert customer.get(SAVE, {"uuid": "abc"}, headers=headers).json() == {"linked": True}


@pytest.mark.parametrize("name", ["Sec-Fetch-Site", "Sec-Fetch-Mode", "Sec-Fetch-Dest"])
def test_a_get_that_lacks_one_header_is_refused(
    customer: Client, accept_get: None, name: str
) -> None:
    headers = {key: value for key, value in SCRIPTED.items() if key != name}
    assert_refused(customer.get(SAVE, {"uuid": "abc"}, headers=headers), 403)
    assert links() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "none"),
        ("Sec-Fetch-Site", "same-origin,cross-site"),
        ("Sec-Fetch-Site", ""),
        ("Sec-Fetch-Mode", "navigate"),
        ("Sec-Fetch-Mode", "no-cors"),
        ("Sec-Fetch-Mode", "same-origin"),
        ("Sec-Fetch-Mode", "websocket"),
        ("Sec-Fetch-Dest", "document"),
        ("Sec-Fetch-Dest", "image"),
        ("Sec-Fetch-Dest", "iframe"),
        ("Sec-Fetch-Dest", "script"),
        ("Sec-Purpose", "prefetch"),
        ("Sec-Purpose", "prefetch;prerender"),
        ("Sec-Purpose", ""),
        ("X-Sec-Purpose", "prefetch"),
        ("Purpose", "prefetch"),
        ("HX-Request", "true"),
        ("HX-Boosted", "true"),
        ("HX-Anything", ""),
        ("Origin", "http://testserver"),
        ("Origin", "null"),
        ("Accept", "text/event-stream"),
        ("Accept", "text/html"),
        ("Accept", "text/html, application/xhtml+xml"),
        ("Accept", "application/json, Text/HTML;q=0.1"),
    ],
)
def test_a_get_with_one_wrong_header_is_refused(
    customer: Client, accept_get: None, name: str, value: str
) -> None:
    response = customer.get(SAVE, {"uuid": "abc"}, headers={**SCRIPTED, name: value})
    assert "{% joinchat_sdk %}" in assert_refused(response, 403)
    assert links() == []


def test_a_bad_uuid_by_get_is_a_400_too(customer: Client, accept_get: None) -> None:
    assert_refused(customer.get(SAVE, {"uuid": "a b"}, headers=SCRIPTED), 400)
    assert_refused(customer.get(SAVE, headers=SCRIPTED), 400)
