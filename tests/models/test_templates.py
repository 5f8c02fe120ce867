"""What a template has to be before it is saved: its body, its languages, its tag, its sample."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from joinchat_django.models import MessageTemplate


def template(**values: object) -> MessageTemplate:
    body = {"template_type": "text", "text": "Hello {{ name }}"}
    return MessageTemplate(**{"slug": "hello", "name": "Hello", "body": body, **values})


@pytest.mark.django_db
def test_a_good_template_is_clean() -> None:
    template(sample={"name": "Lin"}).full_clean()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"template_type": "text", "text": "{% load static %}"}, "text: is no valid template"),
        ({"template_type": "text", "text": "{{ name"}, None),
        ("no object", "must be an object"),
        ({"template_type": "text", "text": "a\0b"}, "NUL"),
    ],
)
def test_an_error_in_a_body_stands_at_the_body(body: object, word: str | None) -> None:
    made = template(body=body)
    if word is None:
        made.full_clean()  # Django takes an unclosed brace for text.
        return
    with pytest.raises(ValidationError) as caught:
        made.full_clean()
    assert word in str(caught.value.message_dict["body"])


@pytest.mark.django_db
def test_sample_data_that_do_not_make_a_message_are_refused() -> None:
    with pytest.raises(ValidationError) as caught:
        template(sample={"name": "x" * 640}).full_clean()
    assert "at most 640 characters" in str(caught.value.message_dict["body"])


@pytest.mark.django_db
def test_a_misspelt_variable_is_found_by_the_sample_data() -> None:
    body = {
        "template_type": "generic",
        "elements": [
            {"$each": "lines as line", "title": "{{ line.titel }}", "subtitle": "{{ shop.nmae }}"},
            {"title": "{{ user.first_name }} {{ user.secret }}"},
        ],
    }
    with pytest.raises(ValidationError) as caught:
        template(body=body, sample={"lines": [{"title": "a"}], "shop": {"name": "F"}}).full_clean()
    said = " ".join(caught.value.message_dict["body"])
    assert "elements[0].title: needs “lines.titel”" in said
    assert "elements[0].subtitle: needs “shop.nmae”" in said
    assert "elements[1].title: needs “user.secret”" in said
    assert "first_name" not in said


def text(source: str) -> dict[str, str]:
    return {"template_type": "text", "text": source}


def errors(**values: Any) -> dict[str, list[str]]:
    """What full_clean() says, by field."""
    try:
        template(**values).full_clean()
    except ValidationError as error:
        return error.message_dict
    return {}


class TestLanguages:
    def test_the_default_body_comes_first(self) -> None:
        made = template(language="de", variants={"en": text("a"), "fr": text("b")})
        assert list(made.bodies) == ["de", "en", "fr"]
        assert made.bodies["de"] == made.body
        assert list(template(variants={"de": text("a")}).bodies) == ["", "de"]

    def test_a_variant_is_no_way_to_replace_the_default(self) -> None:
        made = template(language="de", variants={"de": text("a")})
        assert made.bodies == {"de": made.body}

    @pytest.mark.django_db
    @pytest.mark.parametrize("language", ["", "de", "pt-br", "zh-hans-cn", "tlh", "eo", "PT-BR"])
    def test_any_code_is_one_whether_django_speaks_it_or_not(self, language: str) -> None:
        assert (
            errors(language=language, variants={"nl": text("Dag"), "ca@valencia": text("x")}) == {}
        )

    @pytest.mark.django_db
    @pytest.mark.parametrize("code", ["pt_br", "de de", "../de", "1", "de\n", "languages-of-mine"])
    def test_what_is_no_code_is_refused(self, code: str) -> None:
        found = errors(language=code[:20], variants={code: text("a")})
        assert "is no code of a language" in found["language"][0]
        (error,) = found["variants"]
        assert error.startswith(f"{code}: ")

    @pytest.mark.django_db
    def test_an_empty_code_is_none_either(self) -> None:
        assert "is no code" in errors(language="de", variants={"": text("a")})["variants"][0]

    @pytest.mark.django_db
    @pytest.mark.parametrize("code", ["pt-br", "PT-BR"])
    def test_the_default_language_is_no_variant(self, code: str) -> None:
        (error,) = errors(language="pt-br", variants={code: text("a")})["variants"]
        assert error == f"{code}: is the language of the message itself. Write it there."

    @pytest.mark.django_db
    def test_a_language_is_there_once(self) -> None:
        (error,) = errors(variants={"pt-br": text("a"), "pt-BR": text("b")})["variants"]
        assert error.startswith("pt-BR: is there twice")

    @pytest.mark.django_db
    @pytest.mark.parametrize("variants", [[], ["de"], "de", 5, None])
    def test_variants_are_an_object(self, variants: object) -> None:
        assert list(errors(variants=variants)) in ([], ["variants"])
        if variants:
            assert list(errors(variants=variants)) == ["variants"]

    @pytest.mark.django_db
    def test_each_body_is_tried_out_and_each_error_says_where(self) -> None:
        found = errors(
            body=text("{{ name }} {{ nmae }}"),
            variants={"de": text("{% if %}"), "fr": text("{{ nom }}"), "nl": text("{{ name }}")},
            sample={"name": "Lin"},
        )
        assert sorted(found) == ["body", "variants"]
        assert found["body"] == ["text: needs “nmae”, which is not known here"]
        german, french = found["variants"]
        assert german.startswith("de: text: is no valid template")
        assert french == "fr: text: needs “nom”, which is not known here"

    @pytest.mark.django_db
    def test_each_is_tried_out_in_its_own_language(self) -> None:
        """A month's name is longer in one language than in another."""
        month = "{{ day|date:'F' }}"
        body, variant = text(month + "x" * 635), text(month + "x" * 636)
        values = {"language": "en", "body": body, "sample": {"day": "2026-03-01"}}
        with translation.override("fr"):
            assert errors(**values, variants={"de": variant}) == {}  # März
            found = errors(**values, variants={"de": variant, "nl": variant})  # maart
        assert found == {"variants": ["nl: text: must be at most 640 characters, found 641"]}


class TestTags:
    @pytest.mark.django_db
    def test_a_promotion_has_none(self) -> None:
        found = errors(tag="ACCOUNT_UPDATE", is_promotional=True)
        assert list(found) == ["tag"]
        assert "Messenger forbids tags on promotional content" in found["tag"][0]
        assert errors(is_promotional=True) == {}
        assert errors(tag="ACCOUNT_UPDATE") == {}

    @pytest.mark.django_db
    def test_an_unknown_one_is_refused_unless_some_bot_may_use_it(self, settings: Any) -> None:
        assert "did you mean 'SHIPPING_UPDATE'" in errors(tag="SHIPING_UPDATE")["tag"][0]
        settings.JOINCHAT = {
            **settings.JOINCHAT,
            "b": {**settings.JOINCHAT["default"], "OPTIONS": {"extra_tags": ["HUMAN_AGENT"]}},
        }
        assert errors(tag="HUMAN_AGENT") == {}


class TestSample:
    @pytest.mark.django_db
    def test_what_is_no_object_is_refused(self) -> None:
        assert "must be a dict" in errors(sample=["a"])["sample"][0]

    @pytest.mark.django_db
    def test_a_date_may_be_written_as_text(self) -> None:
        assert errors(body=text("{{ day|date:'Y' }}"), sample={"day": "2026-02-01"}) == {}
        found = errors(body=text("{{ day|date:'Y' }}"), sample={"day": "soon"})
        assert "must not be empty" in found["body"][0]
