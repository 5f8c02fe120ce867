from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from joinchat_django.models import MessageTemplate

from .pages import errors, page_of

BODY = '{"template_type": "text", "text": "Hello {{ name }}"}'


def save(client: Client, template: Any = None, **fields: str) -> Any:
    data = {"name": "Hello", "slug": "hello", "body": BODY, "sample": "", "tag": "", "delay": ""}
    url = page_of(MessageTemplate, "change", template.pk) if template else ""
    return client.post(url or page_of(MessageTemplate, "add"), {**data, **fields})


def test_a_template_is_written_and_shown_again(admin_client: Client) -> None:
    response = save(admin_client, sample='{"name": "小琳"}', tag="SHIPPING_UPDATE", delay="10")
    assert response.status_code == 302
    template = MessageTemplate.objects.get()
    assert template.body == json.loads(BODY)
    assert (template.sample, template.tag) == ({"name": "小琳"}, "SHIPPING_UPDATE")
    assert template.delay == 10
    page = admin_client.get(page_of(MessageTemplate, "change", template.pk))
    assert "{\n  &quot;name&quot;: &quot;小琳&quot;\n}" in page.text


def test_it_needs_neither_sample_data_nor_tag_nor_delay(admin_client: Client) -> None:
    save(admin_client)
    template = MessageTemplate.objects.get()
    assert (template.sample, template.tag, template.delay) == ({}, "", None)


def test_a_new_one_begins_with_an_example_that_works(admin_client: Client) -> None:
    form = admin_client.get(page_of(MessageTemplate, "add")).context["adminform"].form
    save(admin_client, body=form["body"].value())
    MessageTemplate.objects.get().full_clean()


@pytest.mark.parametrize(
    ("fields", "field", "error"),
    [
        ({"body": '{"template_type": "text",\n "text" 1}'}, "body", "Line 2, column 9"),
        ({"body": ""}, "body", "required"),
        ({"body": "[" * 50 + "]" * 50}, "body", "nested too deep"),
        ({"body": "[" * 100_000}, "body", "nested too deep"),
        ({"body": "1" * 5000}, "body", "at most 1000 digits"),
        ({"body": "[NaN]"}, "body", "NaN is no number"),
        ({"body": '{"template_type": "text", "text": "{% load x %}"}'}, "body", "text: is no"),
        ({"body": '{"template_type": "text"}', "sample": '{"a": 1}'}, "body", "text: is required"),
        ({"sample": '{"\\u0000": 1}'}, "sample", "NUL"),
        ({"sample": '{"a": "\\ud800"}'}, "sample", "lone surrogates"),
        ({"sample": "[1]"}, "sample", "must be a dict"),
        ({"tag": "SPAM"}, "tag", "valid choice"),
        ({"delay": "11"}, "delay", "less than or equal to 10"),
        ({"slug": "two words"}, "slug", "valid"),
    ],
)
def test_what_is_wrong_stands_once_at_its_field_and_stays_as_typed(
    admin_client: Client, fields: dict[str, str], field: str, error: str
) -> None:
    page = save(admin_client, **fields)
    assert errors(page).keys() == {field}
    assert len(errors(page)[field]) == 1
    assert error in errors(page)[field][0]
    assert page.context["adminform"].form[field].value() == fields[field]


@pytest.mark.usefixtures("two_bots")
def test_the_tags_of_every_bot_can_be_chosen(admin_client: Client) -> None:
    form = admin_client.get(page_of(MessageTemplate, "add")).context["adminform"].form
    tags = [tag for tag, _label in form.fields["tag"].choices]
    assert (len(tags), tags[0], tags[-1]) == (1 + 17 + 1, "", "HUMAN_AGENT")


def test_a_tag_that_the_settings_allow_no_longer_stays(admin_client: Client) -> None:
    template = MessageTemplate.objects.create(
        slug="a", name="A", body=json.loads(BODY), tag="HUMAN_AGENT"
    )
    save(admin_client, template, name="B", tag="HUMAN_AGENT")
    template.refresh_from_db()
    assert (template.name, template.tag) == ("B", "HUMAN_AGENT")
