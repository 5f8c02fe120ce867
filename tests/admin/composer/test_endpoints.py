"""What the script in the page asks the server for: a refreshed form, and a test to oneself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from tests.admin.pages import may, page_of

from .browsing import FormReader
from .forms import Desk


def typed(text: str, **more: str) -> dict[str, str]:
    """Return what a page with a text message submits."""
    return {
        "composer-panels": "1",
        "composer-0-language": "en",
        "composer-0-mode": "form",
        "composer-0-kind": "text",
        "composer-0-f-text": text,
        "composer-op": "refresh",
        **{f"composer-{name}": value for name, value in more.items()},
    }


def compose(client: Client, **data: str) -> Any:
    return client.post(page_of(MessageTemplate, "compose"), data)


def without_spans(html: str) -> str:
    return html.replace("<span>", "").replace("</span>", "")


def test_typing_brings_preview_json_and_counters(admin_client: Client) -> None:
    answer = compose(admin_client, **typed("Hello {{ name }}")).json()
    assert '<p class="jc-bubble" dir="auto">Hello name</p>' in answer["html"]
    assert '"text": "Hello {{ name }}"' in FormReader(answer["html"]).values["composer-0-json"]
    assert "10 / 640" in without_spans(answer["html"])
    assert answer["errors"] == {}
    assert not MessageTemplate.objects.exists()


def test_a_click_brings_the_place_to_go_on_with(admin_client: Client) -> None:
    data = typed("Hello", **{"0-type": "button", "op": "refresh"})
    values = FormReader(compose(admin_client, **data).json()["html"]).values
    answer = compose(admin_client, **{**values, "composer-op": "add|0|buttons|web_url"}).json()
    assert answer["focus"] == "id_composer-0-f-buttons-0"
    assert answer["focus"] in FormReader(answer["html"]).by_id


def test_what_is_wrong_is_told(admin_client: Client) -> None:
    answer = compose(admin_client, **typed("x" * 641)).json()
    assert list(answer["errors"]) == ["body"]
    assert "641 / 640" in without_spans(answer["html"])


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"composer-panels": "999999999999"},
        {"composer-panels": "40", "composer-panel": "x"},
        {"composer-0-kind": "generic", "composer-0-f-elements": "9999"},
        {"composer-0-kind": "poem", "composer-0-json": "[" * 100_000},
        {"composer-0-mode": "json", "composer-0-json": "{}" * 50_000},
        {"composer-sample-json": "[" * 90_000},
        {"composer_prefix": "<script>"},
        {"composer-0-f-text": "\0", "composer-0-kind": "text"},
        {"composer-bot": "nobody", "composer-delay": "x", "composer-tag": "SPAM"},
    ],
)
@pytest.mark.thorough
def test_no_form_breaks_it(admin_client: Client, data: dict[str, str]) -> None:
    response = compose(admin_client, **{"composer-op": "refresh", **data})
    assert response.status_code == 200
    assert len(response.content) < 2_000_000


def link(username: str = "staff", bot: str = "default") -> Any:
    staff = get_user_model().objects.get(username=username)
    MessengerLink.objects.create(user=staff, uuid="uuid-of-staff", bot=bot)
    return staff


def test_a_test_goes_to_who_composes_it_with_their_own_name(
    staff_client: Callable[..., Client],
) -> None:
    client = staff_client("send_message")
    staff = link()
    staff.first_name = "Sam"
    staff.save()
    text = "Hello {{ user.first_name }} {{ order }}"
    data = typed(text, **{"sample-mode": "json", "sample-json": '{"order": "A-17"}', "delay": "3"})
    answer = client.post(page_of(MessageTemplate, "test"), data).json()
    assert answer == {"sent": True, "text": "A test is on its way to your own Messenger."}
    row = OutboxMessage.objects.get()
    assert (row.user, row.requested_by, row.group) == (staff, staff, "test")
    assert row.delay == 3
    assert "Hello Sam A-17" in row.content
    assert not MessageTemplate.objects.exists()


@pytest.mark.usefixtures("two_bots")
def test_a_test_goes_over_the_chosen_bot(staff_client: Callable[..., Client]) -> None:
    client = staff_client("send_message")
    link(bot="support")
    refused = client.post(page_of(MessageTemplate, "test"), typed("Hello")).json()
    assert not refused["sent"]
    assert "You are not linked to the bot “default”" in refused["text"]
    client.post(page_of(MessageTemplate, "test"), typed("Hello", bot="support"))
    assert OutboxMessage.objects.get().bot == "support"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"0-f-text": ""}, "not ready: text: is required"),
        ({"0-f-text": "x" * 641}, "at most 640"),
        ({"0-mode": "json", "0-json": "{"}, "not ready"),
        ({"delay": "99"}, "see tag and delay"),
        ({"bot": "nobody"}, "Choose a bot"),
    ],
)
def test_what_stands_in_the_way_of_a_test_is_said(
    staff_client: Callable[..., Client], more: dict[str, str], said: str
) -> None:
    client = staff_client("send_message")
    link()
    answer = client.post(page_of(MessageTemplate, "test"), typed("Hello", **more)).json()
    assert not answer["sent"]
    assert said in answer["text"]
    assert not OutboxMessage.objects.exists()


def test_a_test_without_scripts_shows_the_page_again_as_it_was(admin_client: Client) -> None:
    link("admin")
    desk = Desk(admin_client)
    desk.fill(text="Not saved yet")
    desk.press("test")
    assert "A test is on its way" in desk.response.text
    assert desk.values["composer-0-f-text"] == "Not saved yet"
    assert OutboxMessage.objects.count() == 1
    assert not MessageTemplate.objects.exists()


def test_who_may_not_send_is_offered_no_test(staff_client: Callable[..., Client]) -> None:
    client = staff_client(may("add", MessageTemplate))
    desk = Desk(client)
    assert ("composer-op", "test") not in desk.form.buttons
    page = client.post(desk.url, {**desk.values, "composer-op": "test"})
    assert "You may not send messages" in page.text
    assert not OutboxMessage.objects.exists()


class TestWhatTheSettingsNoLongerHave:
    """It stays until somebody changes it, also while the script is at work."""

    @pytest.fixture
    def values(self, admin_client: Client) -> dict[str, str]:
        template = MessageTemplate.objects.create(
            name="Old",
            slug="old",
            tag="GONE_TAG",
            language="en",
            body={"template_type": "text", "text": "Hello"},
            variants={"xx": {"template_type": "text", "text": "Ho"}},
        )
        return Desk(admin_client, template).values

    def test_stays_on_a_click(self, admin_client: Client, values: dict[str, str]) -> None:
        for _click in range(2):
            answer = compose(admin_client, **{**values, "composer-op": "refresh"}).json()
            assert answer["errors"] == {}
            values = FormReader(answer["html"]).values
            assert values["composer-tag"] == "GONE_TAG"

    def test_is_not_for_others_to_save(self, admin_client: Client, values: dict[str, str]) -> None:
        values = {**values, "slug": "new", "name": "New", "_save": "Save"}
        response = admin_client.post(page_of(MessageTemplate, "add"), values)
        assert set(response.context["composer"].errors) >= {"tag", "variants"}
        assert not MessageTemplate.objects.filter(slug="new").exists()
