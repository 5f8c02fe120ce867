from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

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
