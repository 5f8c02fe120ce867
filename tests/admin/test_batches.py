"""What is queued, and what is not, when that page is confirmed."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage

from .pages import confirm, errors, page_of, remarks, select, users_page

HELLO = {"template_type": "text", "text": "Hello {{ user.username }}"}


def template(body: dict[str, Any], **values: Any) -> MessageTemplate:
    return MessageTemplate.objects.create(slug="a", name="A template", body=body, **values)


def contents() -> dict[str, str]:
    rows = OutboxMessage.objects.select_related("user")
    return {str(row.user): json.loads(row.content)["text"] for row in rows}


def test_a_text_goes_to_those_who_are_linked(
    admin_client: Client,
    admin_user: Any,
    people: list[Any],
    delivered: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        response = confirm(
            admin_client, users_page(), people, text="Hi <b>&\r\nbye", tag="ACCOUNT_UPDATE"
        )
    assert response.status_code == 302
    queued, skipped = remarks(response)
    assert queued.startswith("2 messages were queued.")
    assert skipped == "1 of the selected has no active link and was skipped."
    assert {d.envelope.recipient.value for d in delivered} == {"uuid-of-ann", "uuid-of-bob"}
    assert {d.envelope.message.text for d in delivered} == {"Hi <b>&\nbye"}
    rows = OutboxMessage.objects.all()
    assert {(row.tag, row.requested_by) for row in rows} == {("ACCOUNT_UPDATE", admin_user)}
    assert len({row.group for row in rows}) == 1
    outbox = re.search('href="([^"]*)"', queued)
    assert outbox
    assert admin_client.get(outbox[1]).context["cl"].result_count == 2


def test_a_template_is_filled_in_for_each_of_them(admin_client: Client, people: list[Any]) -> None:
    made = template(HELLO, tag="ACCOUNT_UPDATE", delay=2, sample={"user": {"username": "Sample"}})
    confirm(admin_client, users_page(), people, template=made.pk)
    assert contents() == {"ann": "Hello ann", "bob": "Hello bob"}
    row = OutboxMessage.objects.first()
    assert row
    assert (row.template, row.tag, row.delay) == (made, "ACCOUNT_UPDATE", 2)


@pytest.mark.parametrize(
    ("body", "places"),
    [
        (
            {"template_type": "text", "text": "No. {{ number }} for {{ user.username }}"},
            ["text: needs “number”"],
        ),
        (
            {"template_type": "text", "text": "Mail {{ user.email }}{% if vip %}!{% endif %}"},
            ["text: needs “user.email”", "text: needs “vip”"],
        ),
        (
            {
                "template_type": "generic",
                "elements": [
                    {"$each": "cart.lines as line", "title": "{{ line.title }} {{ shop }}"}
                ],
            },
            ["elements[0].$each: needs “cart”", "elements[0].title: needs “shop”"],
        ),
    ],
)
def test_a_template_that_needs_more_than_the_user_goes_to_nobody(
    admin_client: Client, people: list[Any], body: dict[str, Any], places: list[str]
) -> None:
    sample = {"number": "A-17", "user": {"email": "a@b.c"}, "vip": 1, "cart": {"lines": []}}
    made = template(body, sample=sample)
    page = confirm(admin_client, users_page(), people, template=made.pk)
    found = errors(page)
    assert [error.split(",")[0] for error in found["template"]] == places
    assert all("ann" in error and "bob" in error for error in found["template"])
    assert found["__all__"] == ["Nothing was queued: the message is wrong for 2 people."]
    assert f'<option value="{made.pk}" selected' in page.text
    assert not OutboxMessage.objects.exists()


def test_a_template_may_name_what_it_makes_itself(admin_client: Client, people: list[Any]) -> None:
    text = "{% with n=user.username %}{% for c in n %}{{ forloop.counter }}{{ c }}{% endfor %}"
    made = template({"template_type": "text", "text": text + "{% endwith %}"})
    confirm(admin_client, users_page(), people[:1], template=made.pk)
    assert contents() == {"ann": "1a2n3n"}


def test_a_message_that_is_wrong_for_one_goes_to_nobody(
    admin_client: Client, people: list[Any]
) -> None:
    get_user_model().objects.filter(pk=people[1].pk).update(first_name="x" * 150)
    made = template({"template_type": "text", "text": "{{ user.first_name }}" * 5 + "."})
    page = confirm(admin_client, users_page(), people, template=made.pk)
    assert errors(page)["template"] == ["text: must be at most 640 characters, found 751 (bob)"]
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field", "error"),
    [
        ({"text": "x" * 641}, "text", "must be at most 640 characters, found 641"),
        ({"text": "  "}, "text", "Write a text, or choose a template."),
        ({"text": "Hello", "tag": "SPAM"}, "tag", "Select a valid choice."),
        ({"text": "Hello", "token": "x"}, "token", "Enter a valid UUID."),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    admin_client: Client, people: list[Any], fields: dict[str, str], field: str, error: str
) -> None:
    page = confirm(admin_client, users_page(), people, **fields)
    assert errors(page).keys() == {field}
    assert error in errors(page)[field][0]
    assert fields["text"] in page.text
    assert not OutboxMessage.objects.exists()


def test_a_template_and_a_text_exclude_each_other(admin_client: Client, people: list[Any]) -> None:
    page = confirm(admin_client, users_page(), people, text="Hello", template=template(HELLO).pk)
    assert errors(page)["text"] == ["Choose a template or write a text, not both."]


@pytest.mark.usefixtures("two_bots")
def test_a_tag_of_another_bot_is_refused_at_the_tag(
    admin_client: Client, people: list[Any]
) -> None:
    page = confirm(
        admin_client, users_page(), people, text="Hello", bot="default", tag="HUMAN_AGENT"
    )
    assert errors(page)["tag"][0].startswith("tag: must be a tag of JoinChat's page")
    assert not OutboxMessage.objects.exists()


def test_a_line_break_counts_as_one_character(admin_client: Client, people: list[Any]) -> None:
    confirm(admin_client, users_page(), people[:1], text="x" * 319 + "\r\n" + "😀" * 320)
    assert len(contents()["ann"]) == 640


def test_a_second_click_sends_nothing_twice(admin_client: Client, people: list[Any]) -> None:
    token = str(uuid.uuid4())
    for _click in range(2):
        confirm(admin_client, users_page(), people, text="Hello", token=token)
    assert OutboxMessage.objects.count() == 2
    confirm(admin_client, users_page(), people, text="Another text", token=token)
    assert OutboxMessage.objects.count() == 4


def test_a_link_is_written_to_over_itself_and_its_own_bot(
    admin_client: Client, people: list[Any], settings: Any
) -> None:
    settings.JOINCHAT = {**settings.JOINCHAT, "support": settings.JOINCHAT["default"]}
    ann = people[0]
    links = [
        MessengerLink.objects.create(user=ann, uuid="second"),
        MessengerLink.objects.create(user=ann, uuid="support", bot="support"),
        MessengerLink.objects.create(user=ann, uuid="off", is_active=False),
        MessengerLink.objects.create(user=ann, uuid="gone", bot="no-longer-there"),
    ]
    url = page_of(MessengerLink)
    page = select(admin_client, url, links)
    assert [(r.bot, r.linked, r.unlinked) for r in page.context["reach"]] == [
        ("default", 1, 1),
        ("no-longer-there", 0, 1),
        ("support", 1, 0),
    ]
    confirm(admin_client, url, links, template=template(HELLO).pk)
    rows = OutboxMessage.objects.values_list("bot", "recipient_value", "user")
    assert set(rows) == {("default", "second", ann.pk), ("support", "support", ann.pk)}


def test_markup_in_a_name_stays_text(admin_client: Client, people: list[Any]) -> None:
    eve = people[0]
    eve.username = "<b>eve</b>"
    eve.save()
    made = template({"template_type": "text", "text": "{{ missing }}"})
    page = confirm(admin_client, users_page(), [eve], template=made.pk)
    assert "&lt;b&gt;eve&lt;/b&gt;" in page.text
    confirm(admin_client, users_page(), [eve], text="<i>hi</i>")
    row = OutboxMessage.objects.get()
    for url in (page_of(OutboxMessage), page_of(OutboxMessage, "change", row.pk)):
        page = admin_client.get(url)
        assert "<b>eve" not in page.text
        assert "<i>hi" not in page.text
