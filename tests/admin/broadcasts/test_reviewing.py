"""A draft is looked at before it is sent: what everybody gets, and what is wrong."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.test import Client

from joinchat_django.models import Broadcast, MessageTemplate
from tests.admin.pages import compose, confirm, drafted, page_of, users_page

from .steps import page, template


def test_the_review_shows_the_message_as_each_of_the_first_few_gets_it(
    admin_client: Client, draft: Broadcast
) -> None:
    template()
    compose(admin_client, draft, source="template", template=MessageTemplate.objects.get().pk)
    url = page_of(Broadcast, "review", draft.pk)
    first, second = (admin_client.get(url, {"person": number}) for number in (1, 2))
    assert {first.context["shown"].who, second.context["shown"].who} == {"ann", "bob"}
    assert f"Hello {first.context['shown'].who}" in first.context["preview"]
    assert f"Hello {second.context['shown'].who}" in second.context["preview"]
    for odd in ("0", "-1", "99999999", "x", "²"):
        assert admin_client.get(url, {"person": odd}).status_code == 200


def test_the_review_tells_who_is_not_reached_and_why(
    admin_client: Client, people: list[Any]
) -> None:
    more = [get_user_model().objects.create_user(username=f"zoe{n}") for n in range(12)]
    draft = drafted(admin_client, users_page(), [*people, *more])
    compose(admin_client, draft, "Hello")
    seen = page(admin_client, draft, "review")
    assert "Send to 2 people" in seen.text
    assert len(seen.context["unreached"]) == 10
    assert {str(why) for _who, why in seen.context["unreached"]} == {"not linked"}
    assert "and 3 more" in seen.text


def test_the_review_names_those_for_whom_the_message_is_wrong(
    admin_client: Client, people: list[Any], draft: Broadcast
) -> None:
    get_user_model().objects.filter(pk=people[1].pk).update(first_name="x" * 150)
    made = template({"template_type": "text", "text": "{{ user.first_name }}" * 5 + "."})
    compose(admin_client, draft, source="template", template=made.pk)
    seen = page(admin_client, draft, "review")
    assert [one.who for one in seen.context["faulty"]] == ["bob"]
    assert "must be at most 640 characters" in seen.text


def test_the_review_tells_about_the_window_and_how_long_it_takes(
    admin_client: Client, draft: Broadcast, settings: Any
) -> None:
    settings.JOINCHAT_DELIVERY = {"RATE": 0.01}
    compose(admin_client, draft, "Hello")
    seen = page(admin_client, draft, "review")
    assert "only to people who were active in the last 24 hours" in seen.text
    assert seen.context["estimate"] == "3 minutes"
    tagged = template(tag="ACCOUNT_UPDATE")
    compose(admin_client, draft, source="template", template=tagged.pk)
    assert "It must not advertise anything" in page(admin_client, draft, "review").text


def test_a_draft_whose_bot_is_gone_says_so(
    admin_client: Client, two_bots: None, draft: Broadcast, settings: Any
) -> None:
    compose(admin_client, draft, "Hello", bot="support")
    reviewed = page(admin_client, draft, "review").context["reviewed"]
    settings.JOINCHAT = {"default": settings.JOINCHAT["default"]}
    url = page_of(Broadcast, "review", draft.pk)
    for seen in (admin_client.get(url), admin_client.post(url, {"reviewed": reviewed})):
        assert seen.status_code == 200
        assert seen.context["errors"] == [
            "The bot “support” is not set up any more. Go back and choose another one."
        ]
        assert 'type="submit" class="default"' not in seen.text


def test_a_draft_whose_model_is_gone_says_so_and_is_not_sent(
    admin_client: Client, draft: Broadcast
) -> None:
    compose(admin_client, draft, "Hello")
    reviewed = page(admin_client, draft, "review").context["reviewed"]
    Broadcast.objects.update(model="shop.order")
    url = page_of(Broadcast, "review", draft.pk)
    for seen in (admin_client.get(url), admin_client.post(url, {"reviewed": reviewed})):
        assert seen.status_code == 200
        assert "no longer knows whom “shop.order” stand for" in seen.context["errors"][0]
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_what_breaks_the_contract_is_told_and_nothing_is_sent(
    admin_client: Client, draft: Broadcast, two_bots: None
) -> None:
    compose(
        admin_client,
        draft,
        source="template",
        template=template(tag="HUMAN_AGENT").pk,
        bot="default",
    )
    for response in (page(admin_client, draft, "review"), confirm(admin_client, draft)):
        assert response.status_code == 200
        assert response.context["errors"][0].startswith("tag: must be a tag of JoinChat's page")
        assert 'type="submit" class="default"' not in response.text
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_nobody_sends_what_they_have_not_looked_at(admin_client: Client, draft: Broadcast) -> None:
    compose(admin_client, draft, "Hello")
    url = page_of(Broadcast, "review", draft.pk)
    reviewed = admin_client.get(url).context["reviewed"]
    compose(admin_client, draft, "Something else")
    response = admin_client.post(url, {"reviewed": reviewed})
    assert "changed in another window" in response.context["errors"][0]
    draft.refresh_from_db()
    assert draft.status == "draft"
