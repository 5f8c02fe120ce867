"""A message by the form or by JSON: two tabs of one panel, without scripts."""

from __future__ import annotations

import json

import pytest

from joinchat_django.models import MessageTemplate

from .forms import BODY, Desk

pytestmark = pytest.mark.thorough


def test_the_json_follows_the_form(desk: Desk) -> None:
    desk.fill(text="Bye")
    desk.press("refresh")
    assert json.loads(desk.values["composer-0-json"])["text"] == "Bye"


def test_the_form_follows_the_json(desk: Desk) -> None:
    desk.type("composer-0-mode", "json")
    body = {"template_type": "button", "text": "Hi", "buttons": []}
    desk.type("composer-0-json", json.dumps(body))
    desk.press("refresh")
    assert desk.values[f"{BODY}-text"] == "Hi"
    assert desk.values["composer-0-kind"] == "button"
    assert desk.values["composer-0-mode"] == "json"


@pytest.mark.parametrize("mode", ["form", "json"])
def test_what_was_edited_counts_whichever_tab_is_open(desk: Desk, mode: str) -> None:
    # Without scripts nothing is brought in step when one only opens the other tab.
    desk.fill(text="By the form")
    desk.type("composer-0-mode", mode)
    assert desk.save().body["text"] == "By the form"
    again = Desk(desk.client, MessageTemplate.objects.get())
    again.type("composer-0-json", '{"template_type": "text", "text": "By JSON"}')
    again.type("composer-0-mode", mode)
    assert again.save().body["text"] == "By JSON"


@pytest.mark.parametrize(("mode", "counts"), [("form", "By the form"), ("json", "By JSON")])
def test_where_both_were_edited_the_open_tab_counts(desk: Desk, mode: str, counts: str) -> None:
    desk.fill(text="By the form")
    desk.type("composer-0-json", '{"template_type": "text", "text": "By JSON"}')
    desk.type("composer-0-mode", mode)
    assert desk.save().body["text"] == counts


def test_json_with_a_mistake_keeps_what_was_typed_and_says_where_it_is(
    desk: Desk, template: MessageTemplate
) -> None:
    desk.type("composer-0-mode", "json")
    desk.type("composer-0-json", '{"template_type": "text",\n "text" 1}')
    desk.try_to_save()
    assert desk.values["composer-0-json"] == '{"template_type": "text",\r\n "text" 1}'
    assert "Line 2, column 9" in desk.remarks[0][0]
    desk.press("refresh")
    assert "Line 2, column 9" in desk.remarks[0][0]
    assert MessageTemplate.objects.get().body == template.body
