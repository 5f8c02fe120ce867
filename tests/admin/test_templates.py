"""Templates in the admin: written, saved, refused with what is wrong, and looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from joinchat_django.models import MessageTemplate

from .composer.forms import Desk
from .pages import may, page_of

BODY = '{"template_type": "text", "text": "Hello {{ name }}"}'


#: The inputs of what a test fills in by a short name.
NAMES = {
    "body": "composer-0-json",
    "sample": "composer-sample-json",
    "tag": "composer-tag",
    "delay": "composer-delay",
    "language": "composer-0-language",
    "seen": "seen",
}


def save(client: Client, template: Any = None, **fields: str) -> Any:
    """Save a template whose body and sample data are written as JSON."""
    data = {
        "name": "Hello",
        "slug": "hello",
        "composer-0-mode": "json",
        "composer-0-json": BODY,
        "composer-sample-mode": "json",
        "composer-sample-json": "",
        "composer-tag": "",
        "composer-delay": "",
    }
    given = {name if name in data else NAMES[name]: value for name, value in fields.items()}
    url = page_of(MessageTemplate, "change", template.pk) if template else ""
    return client.post(url or page_of(MessageTemplate, "add"), {**data, **given})


def errors(response: Any) -> dict[str, list[str]]:
    """Return what is wrong, by field, the composer's fields included."""
    form = response.context["adminform"].form
    own = {name: list(texts) for name, texts in form.errors.items() if name != "__all__"}
    return {**own, **form.composer.errors}


def test_a_template_is_written_and_shown_again(admin_client: Client) -> None:
    response = save(admin_client, sample='{"name": "小琳"}', tag="SHIPPING_UPDATE", delay="10")
    assert response.status_code == 302
    template = MessageTemplate.objects.get()
    assert template.body == json.loads(BODY)
    assert (template.sample, template.tag) == ({"name": "小琳"}, "SHIPPING_UPDATE")
    assert template.delay == 10
    shown = Desk(admin_client, template).values
    assert shown["composer-0-f-text"] == "Hello {{ name }}"
    assert shown["composer-sample.name"] == "小琳"
    assert (shown["composer-tag"], shown["composer-delay"]) == ("SHIPPING_UPDATE", "10")


def test_it_needs_neither_sample_data_nor_tag_nor_delay(admin_client: Client) -> None:
    save(admin_client)
    template = MessageTemplate.objects.get()
    assert (template.sample, template.tag, template.delay) == ({}, "", None)


def test_a_new_one_begins_with_an_example_that_works(admin_client: Client) -> None:
    template = Desk(admin_client).save()
    template.full_clean()
    assert template.language == "en"


@pytest.mark.parametrize(
    ("fields", "field", "error"),
    [
        ({"body": '{"template_type": "text",\n "text" 1}'}, "body", "Line 2, column 9"),
        ({"body": ""}, "body", "required"),
        ({"body": "[" * 50 + "]" * 50}, "body", "nested too deep"),
        ({"body": "[" * 100_000}, "body", "nested too deep"),
        ({"body": "1" * 5000}, "body", "at most 1000 digits"),
        ({"body": "[NaN]"}, "body", "NaN is no number"),
        ({"body": "[1]"}, "body", "Must be an object"),
        ({"body": '{"template_type": "text", "text": "{% load x %}"}'}, "body", "text: Is no"),
        ({"body": '{"template_type": "text"}', "sample": '{"a": 1}'}, "body", "text: Is required"),
        ({"sample": '{"\\u0000": 1}'}, "sample", "NUL"),
        ({"sample": '{"a": "\\ud800"}'}, "sample", "lone surrogates"),
        ({"sample": "[1]"}, "sample", "must be an object"),
        ({"tag": "SPAM"}, "tag", "valid choice"),
        ({"delay": "11"}, "delay", "less than or equal to 10"),
        ({"slug": "two words"}, "slug", "valid"),
        ({"language": "xx"}, "body", "one of the site"),
    ],
)
def test_what_is_wrong_stands_once_at_its_field_and_stays_as_typed(
    admin_client: Client, fields: dict[str, str], field: str, error: str
) -> None:
    page = save(admin_client, **fields)
    found = errors(page)
    assert found.keys() == {field}
    assert len(found[field]) == 1
    assert error in found[field][0]
    assert not MessageTemplate.objects.exists()
    composer = page.context["composer"]
    if field == "body" and "body" in fields and composer.panels[0].body is None:
        assert composer.panels[0].text == fields["body"]
    if field == "sample":
        assert composer.sample.text == fields["sample"]


@pytest.mark.usefixtures("two_bots")
def test_the_tags_of_every_bot_can_be_chosen(admin_client: Client) -> None:
    composer = admin_client.get(page_of(MessageTemplate, "add")).context["composer"]
    tags = [tag for tag, _label in composer.sending.fields["tag"].choices]
    assert (len(tags), tags[0], tags[-1]) == (1 + 17 + 1, "", "HUMAN_AGENT")


def test_a_tag_that_the_settings_allow_no_longer_stays(admin_client: Client) -> None:
    template = MessageTemplate.objects.create(
        slug="a", name="A", body=json.loads(BODY), tag="HUMAN_AGENT"
    )
    save(admin_client, template, name="B", tag="HUMAN_AGENT")
    template.refresh_from_db()
    assert (template.name, template.tag) == ("B", "HUMAN_AGENT")


def test_the_history_names_what_was_changed(admin_client: Client) -> None:
    template = MessageTemplate.objects.create(slug="a", name="A", body=json.loads(BODY))
    desk = Desk(admin_client, template)
    desk.type("composer-0-f-text", "Bye {{ name }}")
    desk.save()
    assert "body" in LogEntry.objects.get().get_change_message()


def test_who_may_only_view_sees_what_it_looks_like_and_no_form(
    staff_client: Callable[..., Client],
) -> None:
    body = {"template_type": "text", "text": "<b>{{ name }}</b>"}
    template = MessageTemplate.objects.create(slug="a", name="A", body=body, sample={"name": "Eva"})
    client = staff_client(may("view", MessageTemplate))
    page = client.get(page_of(MessageTemplate, "change", template.pk))
    assert "&lt;b&gt;Eva&lt;/b&gt;" in page.text
    assert "composer-op" not in page.text
    assert client.post(page_of(MessageTemplate, "change", template.pk)).status_code == 403


def test_the_list_shows_languages_and_what_is_promotional(admin_client: Client) -> None:
    body = json.loads(BODY)
    MessageTemplate.objects.create(
        slug="a", name="A", body=body, language="en", variants={"de": body}, is_promotional=True
    )
    page = admin_client.get(page_of(MessageTemplate)).text
    assert '<td class="field-languages">en, de</td>' in page
    assert "icon-yes" in page


@pytest.mark.parametrize("number", ["1e999", "-1e999"])
def test_a_number_that_no_database_stores_is_refused(admin_client: Client, number: str) -> None:
    for field in ("sample", "body"):
        response = save(admin_client, **{field: f'{{"n": {number}}}'})
        assert "too large" in str(errors(response)[field])


def test_a_nul_in_a_field_of_the_sample_data_is_refused(admin_client: Client) -> None:
    desk = Desk(admin_client)
    desk.type("composer-sample.user.first_name", "E\0va")
    desk.try_to_save()
    assert "NUL" in str(desk.composer.errors["sample"])
    assert not MessageTemplate.objects.exists()


def test_everything_that_the_model_finds_wrong_is_said(admin_client: Client, settings: Any) -> None:
    settings.LANGUAGES = [("!!", "One"), ("??", "Two")]
    other = {"composer-panels": "2", "composer-1-language": "??", "composer-1-mode": "json"}
    other = {**other, "composer-1-json": BODY}
    data = {"name": "Hello", "slug": "hello", "composer-0-mode": "json", "composer-0-json": BODY}
    response = admin_client.post(
        page_of(MessageTemplate, "add"), {**data, **other, "composer-0-language": "!!"}
    )
    found = str(errors(response))
    assert "!!: is no code" in found
    assert "??: is no code" in found


def test_a_faulty_bot_takes_no_page_down(admin_client: Client, settings: Any) -> None:
    settings.JOINCHAT = {**settings.JOINCHAT, "other": {"NO_SUCH_KEY": 1}}
    assert Desk(admin_client).response.status_code == 200
    assert admin_client.get(page_of(MessageTemplate, "changelist")).status_code == 200


def test_what_somebody_else_saved_meanwhile_is_not_written_over_unawares(
    admin_client: Client,
) -> None:
    save(admin_client)
    template = MessageTemplate.objects.get()
    mine, hers = Desk(admin_client, template), Desk(admin_client, template)
    hers.values["composer-0-f-text"] = "Her text"
    hers.save()
    response = save(
        admin_client, template, body=BODY.replace("Hello", "Ahoy"), seen=mine.values["seen"]
    )
    assert response.status_code == 200
    form = response.context["adminform"].form
    assert "Somebody else has changed this template" in str(form.non_field_errors())
    template.refresh_from_db()
    assert template.body["text"] == "Her text"
    # Whoever has read that may.
    save(admin_client, template, body=BODY.replace("Hello", "Ahoy"), seen=form.seen)
    template.refresh_from_db()
    assert template.body["text"] == "Ahoy {{ name }}"
