"""Variants by language, tag and switch, and sample data, without scripts."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from joinchat_django.models import MessageTemplate

from .forms import BODY, Desk

pytestmark = pytest.mark.thorough

TEXT = {"template_type": "text", "text": "Hello {{ name }}"}


@pytest.fixture
def template(db: None) -> MessageTemplate:
    return MessageTemplate.objects.create(slug="a", name="A", language="en", body=TEXT)


@pytest.fixture
def desk(admin_client: Client, template: MessageTemplate) -> Desk:
    return Desk(admin_client, template)


def add_language(desk: Desk, code: str) -> None:
    desk.type("composer-new-language", code)
    desk.press("language-add")


def test_a_new_language_begins_as_a_copy_of_the_default_one(desk: Desk) -> None:
    add_language(desk, "de")
    assert desk.values["composer-1-f-text"] == "Hello {{ name }}"
    assert desk.values["composer-panel"] == "1"
    desk.type("composer-1-f-text", "Hallo {{ name }}")
    saved = desk.save()
    assert (saved.language, saved.body) == ("en", TEXT)
    assert saved.variants == {"de": {"template_type": "text", "text": "Hallo {{ name }}"}}


def test_a_language_is_taken_away_and_the_others_stay(desk: Desk) -> None:
    for index, code in enumerate(("de", "fr", "it"), 1):
        add_language(desk, code)
        desk.type(f"composer-{index}-f-text", code)
    desk.press("language-remove|2")
    saved = desk.save()
    assert {code: body["text"] for code, body in saved.variants.items()} == {
        "de": "de",
        "it": "it",
    }


def test_the_default_language_is_named_and_no_language_is_offered_twice(desk: Desk) -> None:
    add_language(desk, "de")
    assert "de" not in dict(desk.composer.languages)
    assert not {"de", "en"} & set(dict(desk.composer.new_languages))
    desk.type("composer-0-language", "fr")
    assert desk.save().language == "fr"


def test_a_language_that_is_there_twice_is_refused(desk: Desk) -> None:
    add_language(desk, "de")
    desk.type("composer-0-language", "de")
    desk.try_to_save()
    assert "two messages in this language" in desk.response.text


def test_the_error_of_a_variant_stands_in_its_own_panel(desk: Desk) -> None:
    add_language(desk, "de")
    desk.type("composer-1-f-text", "x" * 641)
    desk.try_to_save()
    assert [target for _text, target in desk.remarks] == ["id_composer-1-f-text"]
    assert "German" in desk.response.text


def test_a_promotional_message_has_no_tag(desk: Desk) -> None:
    desk.type("composer-tag", "SHIPPING_UPDATE")
    desk.values["composer-is_promotional"] = "on"
    desk.try_to_save()
    assert [target for _text, target in desk.remarks] == ["id_composer-tag"]
    desk.type("composer-tag", "")
    saved = desk.save()
    assert (saved.is_promotional, saved.tag) == (True, "")


def test_what_a_tag_is_for_stands_beside_it(desk: Desk) -> None:
    assert "shipped, on its way, delivered" in desk.response.text
    desk.type("composer-tag", "SHIPPING_UPDATE")
    desk.press("refresh")
    place = 'id="id_composer-tag_purpose" aria-live="polite">Where an order is'
    assert place in desk.response.text


def test_each_variable_has_an_input_and_numbers_stay_numbers(desk: Desk) -> None:
    desk.fill(text="{{ name }} {{ order.total }} {% for l in lines %}{{ l.title }}{% endfor %}")
    desk.press("refresh")
    desk.press("row-add|0|.lines")
    assert desk.composer.focus == "id_composer-sample.lines_last" in desk.form.by_id
    desk.type("composer-sample.name", "Eva")
    desk.type("composer-sample.order.total", "12.5")
    desk.type("composer-sample.lines[0].title", "Hat")
    desk.press("row-add|0|.lines")
    desk.type("composer-sample.lines[1].title", "007")
    desk.press("refresh")
    assert "Eva 12.5 Hat007" in desk.response.text
    sample = {
        "name": "Eva",
        "order": {"total": 12.5},
        "lines": [{"title": "Hat"}, {"title": "007"}],
    }
    assert desk.save().sample == sample


def test_a_row_is_taken_away_and_what_has_no_input_stays(
    admin_client: Client, template: MessageTemplate
) -> None:
    template.body = {"template_type": "text", "text": "{% for l in lines %}{{ l }}{% endfor %}"}
    template.sample = {"lines": [1, "2", "c"], "other": {"deep": [True, None]}, "on": True}
    template.save()
    desk = Desk(admin_client, template)
    desk.press("row-remove|0|.lines[0]")
    assert desk.save().sample == {**template.sample, "lines": ["2", "c"]}


def test_sample_data_can_be_written_as_json(desk: Desk) -> None:
    desk.type("composer-sample-mode", "json")
    desk.type("composer-sample-json", '{"name": "Eva", "n": 1}')
    desk.press("refresh")
    assert desk.values["composer-sample.name"] == "Eva"
    assert desk.save().sample == {"name": "Eva", "n": 1}


def test_a_variable_without_a_value_is_a_mistake_once_there_are_sample_data(desk: Desk) -> None:
    desk.fill(text="{{ name }} {{ other }}")
    desk.press("refresh")
    desk.type("composer-sample.name", "Eva")
    desk.try_to_save()
    assert ["other" in text for text, _target in desk.remarks] == [True]
    assert [target for _text, target in desk.remarks] == [f"id_{BODY}-text"]


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


def test_json_with_a_mistake_keeps_what_was_typed_and_says_where_it_is(desk: Desk) -> None:
    desk.type("composer-0-mode", "json")
    desk.type("composer-0-json", '{"template_type": "text",\n "text" 1}')
    desk.try_to_save()
    assert desk.values["composer-0-json"] == '{"template_type": "text",\r\n "text" 1}'
    assert "Line 2, column 9" in desk.remarks[0][0]
    desk.press("refresh")
    assert "Line 2, column 9" in desk.remarks[0][0]
    assert MessageTemplate.objects.get().body == TEXT


@pytest.mark.parametrize(("mode", "counts"), [("form", "By the form"), ("json", "By JSON")])
def test_where_both_were_edited_the_open_tab_counts(desk: Desk, mode: str, counts: str) -> None:
    desk.fill(text="By the form")
    desk.type("composer-0-json", '{"template_type": "text", "text": "By JSON"}')
    desk.type("composer-0-mode", mode)
    assert desk.save().body["text"] == counts
