"""The buttons of the form, without scripts: each shows the page again and saves nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from joinchat_django.models import MessageTemplate

from .forms import BODY, Desk

pytestmark = pytest.mark.thorough


@pytest.fixture
def blank(admin_client: Client) -> Desk:
    """A staff member before an empty new template."""
    return Desk(admin_client)


def choose(desk: Desk, word: str) -> None:
    desk.type("composer-0-type", word)
    desk.press("retype")


def test_a_text_is_composed(blank: Desk) -> None:
    blank.fill(text="Good morning\r\n{{ user.first_name }}")
    text = "Good morning\n{{ user.first_name }}"
    assert blank.save().body == {"template_type": "text", "text": text}


def test_a_button_menu_is_composed(blank: Desk) -> None:
    blank.fill(text="What now?")
    choose(blank, "button")
    blank.press("add|0|buttons|web_url")
    blank.press("add|0|buttons|postback")
    blank.fill(**{"buttons-0-title": "Shop", "buttons-0-url": "https://shop.example/"})
    blank.fill(**{"buttons-1-title": "Help", "buttons-1-payload-block_id": "12"})
    assert blank.save().body == {
        "template_type": "button",
        "text": "What now?",
        "buttons": [
            {"type": "web_url", "title": "Shop", "url": "https://shop.example/"},
            {"type": "postback", "title": "Help", "payload": {"block_id": "12"}},
        ],
    }


def test_a_carousel_is_composed_that_repeats_a_card(blank: Desk) -> None:
    blank.fill(text="{{ hat.name }}")
    choose(blank, "generic")
    blank.fill(**{"elements-0-each-list": "hats", "elements-0-each-name": "hat"})
    blank.press("on|0|elements[0].default_action")
    blank.fill(**{"elements-0-default_action-url": "{{ hat.url }}"})
    blank.press("add|0|elements[0].buttons|postback")
    blank.fill(**{"elements-0-buttons-0-title": "Buy", "elements-0-buttons-0-payload-text": "B"})
    blank.type(f"{BODY}-elements-0-buttons-0-payload-form", "text")
    blank.fill(image_aspect_ratio="square")
    assert blank.save().body == {
        "template_type": "generic",
        "image_aspect_ratio": "square",
        "elements": [
            {
                "$each": "hats as hat",
                "title": "{{ hat.name }}",
                "default_action": {"type": "web_url", "url": "{{ hat.url }}"},
                "buttons": [{"type": "postback", "title": "Buy", "payload": "B"}],
            }
        ],
    }


def test_a_list_is_composed(blank: Desk) -> None:
    choose(blank, "list")
    blank.fill(
        **{
            "elements-0-title": "One",
            "elements-0-subtitle": "first",
            "elements-1-title": "Two",
            "elements-1-image_url": "https://shop.example/2.png",
            "top_element_style": "large",
        }
    )
    assert blank.save().body == {
        "template_type": "list",
        "top_element_style": "large",
        "elements": [
            {"title": "One", "subtitle": "first"},
            {"title": "Two", "image_url": "https://shop.example/2.png"},
        ],
    }


def test_a_receipt_is_composed(blank: Desk) -> None:
    choose(blank, "receipt")
    for operation in ("add|0|elements|", "add|0|adjustments|", "on|0|address"):
        blank.press(operation)
    address = {"street_1": "1 Way", "city": "C", "postal_code": "1", "state": "S", "country": "US"}
    given = {"recipient_name": "Eva", "order_number": "17", "currency": "EUR"}
    blank.fill(**given, payment_method="Visa")
    blank.fill(**{f"address-{name}": value for name, value in address.items()})
    blank.fill(**{"elements-0-title": "Hat", "elements-0-price": "12.50"})
    blank.fill(**{"adjustments-0-name": "Bonus", "adjustments-0-amount": "2"})
    blank.fill(**{"summary-total_cost": "{{ total }}"})
    assert blank.save().body == {
        "template_type": "receipt",
        **given,
        "payment_method": "Visa",
        "elements": [{"title": "Hat", "price": 12.5}],
        "address": address,
        "summary": {"total_cost": "{{ total }}"},
        "adjustments": [{"name": "Bonus", "amount": 2}],
    }


@pytest.fixture
def cards(admin_client: Client) -> Desk:
    """A staff member before a carousel of three cards."""
    body = {"template_type": "generic", "elements": [{"title": title} for title in "ABC"]}
    template = MessageTemplate.objects.create(slug="a", name="A", language="en", body=body)
    return Desk(admin_client, template)


@pytest.mark.parametrize(
    ("operation", "titles", "focus"),
    [
        ("up|0|elements[2]", "ACB", "elements-1"),
        ("down|0|elements[0]", "BAC", "elements-1"),
        ("remove|0|elements[1]", "AC", "elements-1"),
        ("remove|0|elements[2]", "AB", "elements-1"),
    ],
)
def test_cards_are_moved_and_removed_and_the_focus_goes_with_them(
    cards: Desk, operation: str, titles: str, focus: str
) -> None:
    cards.press(operation)
    shown = [cards.values[f"{BODY}-elements-{n}-title"] for n in range(len(titles))]
    assert shown == list(titles)
    assert cards.composer.focus == f"id_{BODY}-{focus}"
    assert cards.composer.focus in cards.form.by_id
    assert [e["title"] for e in MessageTemplate.objects.get().body["elements"]] == list("ABC")
    assert [e["title"] for e in cards.save().body["elements"]] == list(titles)


def test_the_first_card_goes_no_further_up_and_the_last_no_further_down(cards: Desk) -> None:
    offered = {value for _name, value in cards.form.buttons}
    assert {"down|0|elements[0]", "up|0|elements[2]"} <= offered
    assert not {"up|0|elements[0]", "down|0|elements[2]"} & offered


def test_a_full_list_takes_no_more(blank: Desk) -> None:
    choose(blank, "button")
    for _number in range(3):
        blank.press("add|0|buttons|postback")
    assert not [value for _name, value in blank.form.buttons if value.startswith("add|0|buttons")]


def test_an_optional_part_is_left_out_again(blank: Desk) -> None:
    choose(blank, "receipt")
    blank.press("on|0|address")
    assert f"{BODY}-address-city" in blank.values
    blank.press("off|0|address")
    assert f"{BODY}-address-city" not in blank.values
    assert "address" not in blank.composer.panels[0].body


@pytest.mark.parametrize(
    ("before", "word", "kept"),
    [
        ({"template_type": "text", "text": "Hi"}, "button", {"text": "Hi"}),
        (
            {"template_type": "button", "text": "Hi", "buttons": [{"type": "postback"}] * 3},
            "text",
            {"text": "Hi"},
        ),
        (
            {"template_type": "generic", "elements": [{"title": "A", "subtitle": "B"}] * 6},
            "list",
            {"elements": [{"title": "A", "subtitle": "B"}] * 4},
        ),
        (
            {"template_type": "list", "elements": [{"title": "A"}, {"title": "B"}]},
            "receipt",
            {"elements": [{"title": "A"}, {"title": "B"}]},
        ),
        (
            {"template_type": "generic", "elements": [{"title": "A", "subtitle": "B"}]},
            "text",
            {"text": "A\nB"},
        ),
    ],
)
def test_changing_the_type_keeps_what_fits(
    admin_client: Client, before: dict[str, Any], word: str, kept: dict[str, Any]
) -> None:
    template = MessageTemplate.objects.create(slug="a", name="A", language="en", body=before)
    desk = Desk(admin_client, template)
    choose(desk, word)
    body = {key: value for key, value in desk.composer.panels[0].body.items() if value != []}
    assert body == {"template_type": word, **kept}


@pytest.mark.parametrize(
    "operation",
    [
        "",
        "add|0|elements[9].buttons|postback",
        "add|0|nothing|x",
        "add|99|elements|",
        "remove|0|elements[50]",
        "up|0|elements",
        "on|0|title",
        "off|0|elements",
        "language-add",
        "language-remove|0",
        "row-add|0|",
        "row-remove|0|.a[x]",
        "row-add|0|.a.b[3].c",
        "add|" * 300,
        "explode",
    ],
)
def test_what_no_button_asks_for_changes_nothing(cards: Desk, operation: str) -> None:
    posted = {**cards.values, "composer-op": operation or "|||"}
    cards.show(cards.client.post(cards.url, posted))
    shown = [cards.values[f"{BODY}-elements-{n}-title"] for n in range(3)]
    assert shown == list("ABC")
    assert cards.composer.sample.data == {}


def test_going_through_the_types_and_back_loses_nothing(blank: Desk) -> None:
    """As arrow keys do, with a change on the way."""
    text = "<b>A</b> text\n" + "x" * 300
    blank.fill(text=text)
    for word in ("button", "generic", "list", "receipt"):
        blank.type("composer-0-type", word)
        blank.press("refresh")
    blank.type("composer-0-type", "generic")
    blank.press("refresh")
    blank.press("add|0|elements|")
    blank.type("composer-0-type", "text")
    blank.press("refresh")
    assert blank.composer.panels[0].body == {"template_type": "text", "text": text}
    blank.type("composer-0-type", "generic")
    blank.press("refresh")
    assert len(blank.composer.panels[0].body["elements"]) == 2
