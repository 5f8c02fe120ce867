"""``/?q=``: finding a request by anything that is in it, without a script."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from .calling import Call
from .examples import FULL, request


@pytest.fixture
def filled(send: Call) -> None:
    """Three persons who got something, one refused message, and a request from nobody."""
    for name, words in (("mei", "您的包裹已寄出"), ("tom", "Your parcel has left us")):
        message = {"template_type": "text", "text": words}
        send(request(message, recipient={"email": f"{name}@example.com"}, tag="SHIPPING_UPDATE"))
    send(request(FULL["button"], recipient={"uuid": "A-Ω"}))
    message = {"template_type": "text", "text": "x" * 641}
    send(request(message, recipient={"uuid": "long"}))
    send(b"{nonsense")


@pytest.mark.parametrize(
    ("query", "recipients"),
    [
        ("TOM@example", ["email tom@example.com"]),
        ("包裹", ["email mei@example.com"]),
        ("shipping_update", ["email mei@example.com", "email tom@example.com"]),
        ("parcel  shipping", ["email tom@example.com"]),
        ("parcel 包裹", []),
        ("template_type button", ["uuid A-Ω"]),
        ("found 641", ["uuid long"]),
        ("a-ω", ["uuid A-Ω"]),
    ],
)
def test_each_word_is_looked_for_in_all_of_a_request(
    query: str, recipients: list[str], call: Call, filled: None
) -> None:
    page = call("GET", found(query)).text
    for recipient in ("email mei@example.com", "email tom@example.com", "uuid A-Ω", "uuid long"):
        assert (f">{recipient}</a>" in page) == (recipient in recipients)
    assert page.count("<article") == len(recipients)
    assert ("No request has all of these words" in page) == (not recipients)


def test_a_body_that_is_no_json_is_found_by_its_text(call: Call, filled: None) -> None:
    page = call("GET", found("{nonsense")).text
    assert page.count("<article") == 1
    assert "the body is not JSON" in page


def test_the_list_holds_who_was_found_and_opens_them_within_the_search(
    call: Call, send: Call, filled: None
) -> None:
    message = {"template_type": "text", "text": "Another"}
    send(request(message, recipient={"email": "tom@example.com"}))
    page = call("GET", found("parcel")).text
    assert "/?to=email%3Atom%40example.com&amp;q=parcel" in page
    assert "mei@example.com" not in page
    page = call("GET", "/?to=email%3Atom%40example.com&q=parcel").text
    assert "Your parcel has left us" in page
    assert "Another" not in page
    assert 'href="/?to=email%3Atom%40example.com">Show the whole conversation' in page


def test_the_refused_are_searched_too(call: Call, filled: None) -> None:
    page = call("GET", found("641") + "&to=refused").text
    assert "Refused requests" in page
    assert page.count("<article") == 1


def test_the_field_keeps_what_was_searched_for_as_text(call: Call, filled: None) -> None:
    page = call("GET", found('"><script>')).text
    assert 'value="&quot;&gt;&lt;script&gt;"' in page


def found(query: str) -> str:
    return f"/?q={quote(query)}"
