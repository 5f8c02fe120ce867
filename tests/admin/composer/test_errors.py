"""What is wrong stands at the field that it belongs to."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from joinchat_django.models import MessageTemplate

from .bodies import BUTTON, CARD, button, generic, lists, receipt, row
from .forms import BODY, Desk

pytestmark = pytest.mark.thorough

LONG = "x" * 81

FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"template_type": "text", "text": "x" * 641}, "text", "at most 640"),
    ({"template_type": "text"}, "text", "required"),
    (button(), "buttons", "1 to 3 items"),
    (button(*[BUTTON] * 4), "buttons", "1 to 3 items"),
    (button({**BUTTON, "title": "x" * 21}), "buttons-0-title", "at most 20"),
    (button({"type": "postback", "title": "A"}), "buttons-0-payload", "required"),
    (button({"type": "web_url", "title": "A"}), "buttons-0-url", "required"),
    (generic(title=LONG), "elements-0-title", "at most 80"),
    (generic(subtitle=LONG), "elements-0-subtitle", "at most 80"),
    (generic(buttons=[BUTTON] * 4), "elements-0-buttons", "at most 3 items"),
    (generic(default_action={"type": "web_url"}), "elements-0-default_action-url", "required"),
    ({"template_type": "generic", "elements": [CARD] * 11}, "elements", "1 to 10 items"),
    (lists(row()), "elements", "2 to 4 items"),
    (lists(*[row()] * 5), "elements", "2 to 4 items"),
    (lists(row(), CARD), "elements-1", "at least one of subtitle, image_url"),
    (lists(row(), row(buttons=[BUTTON] * 2)), "elements-1-buttons", "at most 1 items"),
    (lists(row(), row(), buttons=[BUTTON] * 2), "buttons", "at most 1 items"),
    (receipt(elements=[{"title": "A"}]), "elements-0-price", "required"),
    (receipt(elements=[{"title": "A", "price": "ten"}]), "elements-0-price", "a number"),
    (receipt(summary={}), "summary-total_cost", "required"),
    (receipt(timestamp="now"), "timestamp", "seconds since 1970"),
    (receipt(address={"country": "USA"}), "address-country", "two letters"),
    (receipt(adjustments=[{"name": "A"}]), "adjustments-0-amount", "required"),
    ({"template_type": "text", "text": "{% if %}"}, "text", "no valid template"),
    ({"template_type": "text", "text": "{{ a b }}"}, "text", "no valid template"),
    (generic(**{"$each": "hats"}), "elements-0-each-list", "lines as line"),
]


@pytest.mark.parametrize(("body", "field", "text"), FAULTS)
def test_a_broken_limit_is_said_at_its_field_and_in_the_summary(
    admin_client: Client, body: dict[str, Any], field: str, text: str
) -> None:
    template = MessageTemplate.objects.create(slug="a", name="A", language="en", body=body)
    desk = Desk(admin_client, template)
    desk.try_to_save()
    assert desk.response.status_code == 200
    found = [
        said
        for said, target in desk.remarks
        if target.endswith(f"-f-{field}") or (field.endswith("each-list") and "each" in target)
    ]
    assert found, desk.remarks
    assert text in found[0]
    html = desk.response.text
    target = next(target for said, target in desk.remarks if said == found[0])
    place = target if target in desk.form.by_id else f"id_{BODY}-{field}"
    assert f'href="#{target}"' in html
    described = desk.form.by_id[place]
    if "aria-invalid" in described:
        assert f"{place}_errors" in str(described["aria-describedby"])
    assert f'id="{target}_errors"' in html


def test_what_is_only_not_there_yet_is_no_error_before_it_is_saved(admin_client: Client) -> None:
    desk = Desk(admin_client)
    desk.type("composer-0-type", "button")
    desk.press("retype")
    desk.press("add|0|buttons|postback")
    assert desk.remarks == []
    assert "2 required places are empty yet" in desk.response.text
    desk.fill(**{"buttons-0-title": "x" * 21})
    desk.press("refresh")
    assert [target for _text, target in desk.remarks] == [f"id_{BODY}-buttons-0-title"]


def test_one_item_too_many_is_an_error_before_it_is_saved(admin_client: Client) -> None:
    template = MessageTemplate.objects.create(
        slug="a", name="A", language="en", body=button(*[BUTTON] * 4)
    )
    desk = Desk(admin_client, template)
    desk.press("refresh")
    assert [target for _text, target in desk.remarks] == [f"id_{BODY}-buttons"]


def test_a_fault_that_only_sample_data_show_stands_at_the_field_it_comes_from(
    admin_client: Client,
) -> None:
    body = {
        "template_type": "generic",
        "elements": [CARD, {"$each": "hats as hat", "title": "{{ hat }}"}, {"title": "{{ end }}"}],
    }
    template = MessageTemplate.objects.create(
        slug="a", name="A", language="en", body=body, sample={"hats": ["A", "B"], "end": "x" * 81}
    )
    desk = Desk(admin_client, template)
    desk.try_to_save()
    assert [target for _text, target in desk.remarks] == [f"id_{BODY}-elements-2-title"]


def test_a_counter_counts_what_the_sample_data_make_of_variables(admin_client: Client) -> None:
    body = {"template_type": "generic", "elements": [{"title": "Hello {{ name }}"}]}
    template = MessageTemplate.objects.create(
        slug="a", name="A", language="en", body=body, sample={"name": "x" * 70}
    )
    html = Desk(admin_client, template).response.text
    assert "<span>76</span> / 80" in html
    assert "jcc-counter jcc-near" in html


def test_markup_in_a_message_is_text(admin_client: Client) -> None:
    evil = '"><script>alert(1)</script>'
    body = {
        "template_type": "button",
        "text": evil,
        "buttons": [{"type": "web_url", "title": evil, "url": evil}],
        "x": evil,
    }
    template = MessageTemplate.objects.create(
        slug="a", name=evil, language="en", body=body, sample={evil: evil, "{{": evil}
    )
    desk = Desk(admin_client, template)
    assert "<script>alert" not in desk.response.text
    desk.try_to_save()
    assert "<script>alert" not in desk.response.text
