"""A draft is composed: which message, over which bot, and whom it would reach."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from joinchat_django.models import Broadcast, MessageTemplate, MessengerLink, OutboxMessage
from tests.admin.pages import compose, drafted, may, page_of, users_page

from .steps import HELLO, page, template


def test_the_compose_page_tells_how_many_each_bot_reaches_and_why_not_the_others(
    admin_client: Client, people: list[Any], two_bots: None
) -> None:
    MessengerLink.objects.create(user=people[0], uuid="another")
    MessengerLink.objects.create(user=people[1], uuid="s", bot="support")
    MessengerLink.objects.create(user=people[2], uuid="off", is_active=False)
    seen = page(admin_client, drafted(admin_client, users_page(), people), "compose")
    assert [(r.bot, r.reached, r.unreached) for r in seen.context["reach"]] == [
        ("default", 2, 1),
        ("support", 1, 2),
    ]
    reasons = [[str(reason) for reason, _number in r.reasons] for r in seen.context["reach"]]
    assert reasons[0] == ["the link is switched off"]
    assert "linked to another bot" in reasons[1]
    assert seen.context["form"]["bot"].value() == "default"
    assert "3 selected" in seen.text


def test_it_does_not_ask_for_a_bot_where_there_is_one(
    admin_client: Client, draft: Broadcast
) -> None:
    assert page(admin_client, draft, "compose").context["form"]["bot"].is_hidden
    compose(admin_client, draft, "Hello")
    draft.refresh_from_db()
    assert draft.bot == "default"


def test_nobody_writes_a_message_that_reaches_nobody(
    admin_client: Client, people: list[Any]
) -> None:
    seen = page(admin_client, drafted(admin_client, users_page(), people[2:]), "compose")
    assert "Nobody of the selected can be reached" in seen.text
    assert "Continue" not in seen.text


def test_a_text_is_kept_in_the_draft(admin_client: Client, draft: Broadcast) -> None:
    response = compose(admin_client, draft, "Hello", title="Spring news")
    assert response["Location"] == page_of(Broadcast, "review", draft.pk)
    draft.refresh_from_db()
    assert (draft.title, draft.status, draft.template) == ("Spring news", "draft", None)
    assert draft.body == {"template_type": "text", "text": "Hello"}
    again = page(admin_client, draft, "compose")
    assert again.context["form"]["source"].value() == "own"
    assert again.context["form"]["title"].value() == "Spring news"
    assert "Hello" in again.text


def test_a_template_is_sent_as_it_is(admin_client: Client, draft: Broadcast) -> None:
    made = template(tag="ACCOUNT_UPDATE", delay=2, variants={"nl": HELLO}, language="en")
    compose(admin_client, draft, source="template", template=made.pk)
    draft.refresh_from_db()
    assert (draft.template, draft.body, draft.variants) == (made, HELLO, {"nl": HELLO})
    assert (draft.language, draft.tag, draft.delay) == ("en", "ACCOUNT_UPDATE", 2)


def test_a_copy_of_a_template_can_be_changed_for_this_once(
    admin_client: Client, draft: Broadcast
) -> None:
    made = template()
    copied = compose(admin_client, draft, source="template", template=made.pk, title="T", _copy="1")
    assert copied.status_code == 200
    assert copied.context["form"]["source"].value() == "own"
    assert copied.context["form"]["title"].value() == "T"
    assert "Hello {{ user.username }}" in copied.text
    draft.refresh_from_db()
    assert draft.body is None
    assert MessageTemplate.objects.get().body == HELLO


def test_a_template_has_to_be_chosen_where_one_is_to_be_sent(
    admin_client: Client, draft: Broadcast
) -> None:
    template()
    seen = compose(admin_client, draft, source="template")
    assert "Choose a template" in seen.context["form"].errors["template"][0]


def test_a_copy_comes_with_sample_data_for_who_may_see_that(
    staff_client: Any, people: list[Any]
) -> None:
    made = template(sample={"customer": "a real name"})
    client = staff_client("send_message", may("view", get_user_model()))
    draft = drafted(client, users_page(), people)

    def copied() -> Any:
        return compose(client, draft, source="template", template=made.pk, _copy="1")

    assert "Hello {{ user.username }}" in copied().text
    assert "a real name" not in copied().text
    staff = get_user_model().objects.get(username="staff")
    for codename in ("view_messagetemplate", "read_content"):
        permission = Permission.objects.get(codename=codename)
        staff.user_permissions.add(permission)
        assert "a real name" in copied().text
        staff.user_permissions.remove(permission)


def test_the_compose_page_tells_how_long_a_draft_is_kept(
    admin_client: Client, draft: Broadcast
) -> None:
    assert "A draft is kept for a day" in page(admin_client, draft, "compose").text


def test_reload_back_and_a_second_tab_change_nothing(
    admin_client: Client, draft: Broadcast
) -> None:
    for _time in range(2):
        assert page(admin_client, draft, "compose").status_code == 200
        compose(admin_client, draft, "Hello")
    assert Broadcast.objects.count() == 1
    assert not OutboxMessage.objects.exists()


def test_a_draft_without_a_message_cannot_be_reviewed(
    admin_client: Client, draft: Broadcast
) -> None:
    assert page(admin_client, draft, "review")["Location"].endswith("/compose/")
