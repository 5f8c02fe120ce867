"""A message in several languages, without scripts: a panel for each."""

from __future__ import annotations

import pytest

from joinchat_django.models import MessageTemplate

from .forms import Desk

pytestmark = pytest.mark.thorough


def add_language(desk: Desk, code: str) -> None:
    desk.type("composer-new-language", code)
    desk.press("language-add")


def test_a_new_language_begins_as_a_copy_of_the_default_one(
    desk: Desk, template: MessageTemplate
) -> None:
    add_language(desk, "de")
    assert desk.values["composer-1-f-text"] == "Hello {{ name }}"
    assert desk.values["composer-panel"] == "1"
    desk.type("composer-1-f-text", "Hallo {{ name }}")
    saved = desk.save()
    assert (saved.language, saved.body) == ("en", template.body)
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
