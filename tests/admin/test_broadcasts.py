"""From the draft to the last message: compose, review, send, watch and steer."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.models.signals import post_init
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from joinchat_django import broadcasts
from joinchat_django.admin import broadcast_controls
from joinchat_django.broadcasts import audiences, fan_out
from joinchat_django.models import (
    BotState,
    Broadcast,
    MessageTemplate,
    MessengerLink,
    OutboxMessage,
)
from tests.accounts.keys import in_json

from .pages import compose, confirm, drafted, may, page_of, remarks, send, users_page

HELLO = {"template_type": "text", "text": "Hello {{ user.username }}"}
WRITES = ("discard", "advance", "pause", "resume", "cancel", "retry")


@pytest.fixture
def draft(admin_client: Client, people: list[Any]) -> Broadcast:
    """A draft to three people, the first two of whom are linked."""
    return drafted(admin_client, users_page(), people)


@pytest.fixture
def background(settings: Any) -> None:
    """A site whose workers do the delivery, and none is running."""
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}


@pytest.fixture
def running(background: None, admin_client: Client, people: list[Any]) -> Broadcast:
    """A broadcast that has been started, and of which nothing has happened yet."""
    return send(admin_client, users_page(), people, "Hello", title="Spring news")


def template(body: dict[str, Any] = HELLO, **values: Any) -> MessageTemplate:
    return MessageTemplate.objects.create(slug="a", name="A template", body=body, **values)


def contents() -> dict[str, str]:
    rows = OutboxMessage.objects.select_related("user")
    return {str(row.user): json.loads(row.content)["text"] for row in rows}


def page(client: Client, broadcast: Broadcast, name: str = "change") -> Any:
    return client.get(page_of(Broadcast, name, broadcast.pk))


def press(client: Client, broadcast: Broadcast, name: str) -> Any:
    response = client.post(page_of(Broadcast, name, broadcast.pk))
    broadcast.refresh_from_db()
    return response


# Writing


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


# Reviewing


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


class TestSomebodyWhoIsSelectedMoreThanOnce:
    """Three entries of Django's log, which stand in for orders, name one linked customer."""

    @pytest.fixture
    def entries(self, people: list[Any], monkeypatch: pytest.MonkeyPatch) -> Broadcast:
        monkeypatch.setattr(audiences, "_registered", {})
        broadcasts.register(LogEntry, context=lambda entry: {"what": entry.object_repr})
        for number in range(3):
            LogEntry.objects.create(user=people[0], object_repr=f"A-{number}", action_flag=1)
        return broadcasts.draft(
            LogEntry.objects.all(), requested_by=get_user_model().objects.get(username="admin")
        )

    def test_gets_as_many_messages_as_say_something_else(
        self, background: None, admin_client: Client, entries: Broadcast
    ) -> None:
        compose(admin_client, entries, "About {{ what }}")
        seen = page(admin_client, entries, "review")
        assert 'value="Send up to 3 messages to 1 person"' in seen.text
        confirm(admin_client, entries)
        fan_out.feed(["default"], None)
        assert OutboxMessage.objects.count() == 3

    def test_gets_once_what_is_the_same_each_time(
        self, admin_client: Client, entries: Broadcast
    ) -> None:
        compose(admin_client, entries, "Hello")
        seen = page(admin_client, entries, "review")
        assert 'value="Send to 1 person"' in seen.text
        assert "2 · selected more than once, and gets it once" in seen.text

    def test_is_not_counted_among_those_who_are_not_reached(
        self, admin_client: Client, entries: Broadcast
    ) -> None:
        [reach] = page(admin_client, entries, "compose").context["reach"]
        assert (reach.reached, reach.unreached, reach.repeated) == (1, 0, 2)

    def test_makes_the_estimate_longer(
        self, admin_client: Client, entries: Broadcast, settings: Any
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"RATE": 0.1}
        compose(admin_client, entries, "About {{ what }}")
        assert page(admin_client, entries, "review").context["estimate"] == "30 seconds"


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


def test_nobody_sends_what_he_has_not_looked_at(admin_client: Client, draft: Broadcast) -> None:
    compose(admin_client, draft, "Hello")
    url = page_of(Broadcast, "review", draft.pk)
    reviewed = admin_client.get(url).context["reviewed"]
    compose(admin_client, draft, "Something else")
    response = admin_client.post(url, {"reviewed": reviewed})
    assert "changed in another window" in response.context["errors"][0]
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_a_draft_is_discarded_by_its_owner(admin_client: Client, draft: Broadcast) -> None:
    response = press_gone(admin_client, draft)
    assert "was discarded; nothing was sent" in remarks(response)[-1]
    assert not Broadcast.objects.exists()


def test_a_draft_that_is_sent_at_this_very_moment_is_not_discarded(
    admin_client: Client, draft: Broadcast
) -> None:
    def send_it(instance: Broadcast, **kwargs: Any) -> None:
        """Somebody else sends it as soon as the page has read it."""
        post_init.disconnect(send_it, sender=Broadcast)
        Broadcast.objects.filter(pk=instance.pk).update(status="running")

    post_init.connect(send_it, sender=Broadcast)
    try:
        response = press_gone(admin_client, draft)
    finally:
        post_init.disconnect(send_it, sender=Broadcast)
    assert response["Location"] == page_of(Broadcast, "change", draft.pk)
    assert not remarks(response)
    assert Broadcast.objects.get().parts.exists()


def press_gone(client: Client, draft: Broadcast) -> Any:
    return client.post(page_of(Broadcast, "discard", draft.pk))


# Sending


def test_it_goes_to_those_who_are_reached_and_says_who_asked_for_it(
    admin_client: Client,
    admin_user: Any,
    people: list[Any],
    delivered: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    made = template(tag="ACCOUNT_UPDATE")
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(admin_client, users_page(), people, "", source="template", template=made.pk)
    assert contents() == {"ann": "Hello ann", "bob": "Hello bob"}
    assert {d.envelope.recipient.value for d in delivered} == {"uuid-of-ann", "uuid-of-bob"}
    rows = OutboxMessage.objects.all()
    assert {(row.tag, row.requested_by) for row in rows} == {("ACCOUNT_UPDATE", admin_user)}
    assert {row.group for row in rows} == {sent.group}
    seen = page(admin_client, sent).context
    assert (seen["status"], seen["done"], seen["total"]) == ("finished", 3, 3)
    assert seen["texts"]["percent"] == "100%"


def test_a_second_click_starts_it_once(admin_client: Client, running: Broadcast) -> None:
    url = page_of(Broadcast, "review", running.pk)
    for _click in range(2):
        assert admin_client.post(url, {"reviewed": "x"})["Location"] == page_of(
            Broadcast, "change", running.pk
        )
    assert compose(admin_client, running, "Another")["Location"].endswith("/change/")
    for name in ("compose", "review"):
        assert page(admin_client, running, name)["Location"].endswith("/change/")
    running.refresh_from_db()
    assert running.body == {"template_type": "text", "text": "Hello"}
    assert LogEntry.objects.filter(object_id=str(running.pk)).count() == 1


def test_the_page_counts_by_status_and_leads_to_the_outbox(
    admin_client: Client, people: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(admin_client, users_page(), people, "Hello")
    seen = page(admin_client, sent)
    urls = {str(name): url for name, _label, _number, url in seen.context["counts"]}
    numbers = {str(name): number for name, _label, number, _url in seen.context["counts"]}
    assert numbers["sent"] == "2"
    assert numbers["queued"] == "0"
    outbox = admin_client.get(urls["sent"]).context["cl"]
    assert len(outbox.result_list) == 2
    assert len(admin_client.get(urls["failed"]).context["cl"].result_list) == 0


def test_its_news_come_as_json_and_are_never_kept(admin_client: Client, running: Broadcast) -> None:
    response = page(admin_client, running, "progress")
    news = response.json()
    assert "no-store" in response["Cache-Control"]
    assert (news["status"], news["done"], news["total"]) == ("running", 0, 3)
    assert news["moves"]
    assert not news["advances"]
    assert news["texts"]["status-sent"] == "0"


def test_its_news_are_counted_once_for_all_who_look_at_the_same_second(
    admin_client: Client, running: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast_controls, "FRESH", 60)
    page(admin_client, running, "progress")
    with CaptureQueriesContext(connection) as queries:
        assert page(admin_client, running, "progress").json()["total"] == 3
    assert not [query for query in queries if "joinchat_django_outboxmessage" in query["sql"]]


def test_it_stays_at_a_hundred_percent_when_the_outbox_is_pruned(
    admin_client: Client, people: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(admin_client, users_page(), people, "Hello")
    OutboxMessage.objects.all().delete()
    assert page(admin_client, sent).context["texts"]["percent"] == "100%"


@pytest.mark.parametrize("button", ["pause", "cancel"])
def test_it_goes_on_telling_of_what_is_in_hand(
    admin_client: Client, running: Broadcast, button: str
) -> None:
    fan_out.feed(["default"], None)
    one = OutboxMessage.objects.earliest("pk")
    OutboxMessage.objects.filter(pk=one.pk).update(status="sending")
    press(admin_client, running, button)
    assert page(admin_client, running).context["moves"]
    OutboxMessage.objects.filter(pk=one.pk).update(status="sent")
    news = page(admin_client, running, "progress").json()
    # While it is paused somebody may resume it.
    assert (news["moves"], news["waits"]) == (False, button == "pause")


@pytest.mark.django_db(transaction=True)
def test_where_nothing_works_in_the_background_the_page_says_so_and_does_it(
    admin_client: Client, running: Broadcast, delivered: list[Any], settings: Any
) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "inline"}
    seen = page(admin_client, running)
    assert seen.context["advances"]
    assert "manage.py joinchat_worker" in seen.text
    assert not delivered
    news = press(admin_client, running, "advance").json()
    assert len(delivered) == 2
    assert (news["status"], news["percent"]) == ("finished", 100)


def test_a_standstill_and_a_paused_bot_are_told_with_the_way_out(
    admin_client: Client, running: Broadcast
) -> None:
    assert "Is a worker running?" not in page(admin_client, running).text
    Broadcast.objects.update(started_at=timezone.now() - datetime.timedelta(days=99))
    assert "Is a worker running?" in page(admin_client, running).text
    BotState.objects.create(bot="default", is_paused=True)
    seen = page(admin_client, running).text
    assert "is paused: nothing goes out" in seen
    assert page_of(BotState, "change", "default") in seen


# Steering


def test_it_is_paused_resumed_and_cancelled_and_the_log_says_by_whom(
    admin_client: Client, admin_user: Any, running: Broadcast
) -> None:
    statuses = []
    for button in ("pause", "resume", "pause", "cancel"):
        assert press(admin_client, running, button).status_code == 302
        statuses.append(running.status)
    assert statuses == ["paused", "running", "paused", "cancelled"]
    assert "moved on" in remarks(press(admin_client, running, "resume"))[-1]
    log = LogEntry.objects.filter(object_id=str(running.pk)).order_by("pk")
    told = [entry.get_change_message() for entry in log]
    assert told == ["Started.", "Paused.", "Resumed.", "Paused.", "Cancelled."]
    assert {entry.user for entry in log} == {admin_user}


def test_failed_ones_are_tried_again(
    admin_client: Client,
    people: list[Any],
    delivered: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sent = send(admin_client, users_page(), people, "Hello")
    assert "Try failed ones again" not in page(admin_client, sent).text
    for status in ("expired", "failed"):
        OutboxMessage.objects.filter(user=people[0]).update(status=status)
        assert "Try failed ones again" in page(admin_client, sent).text
    delivered.clear()
    with django_capture_on_commit_callbacks(execute=True):
        press(admin_client, sent, "retry")
    assert [d.envelope.recipient.value for d in delivered] == ["uuid-of-ann"]


@pytest.mark.parametrize("button", ["pause", "resume", "cancel", "retry"])
def test_a_draft_cannot_be_steered(admin_client: Client, draft: Broadcast, button: str) -> None:
    told = remarks(press(admin_client, draft, button))
    assert told == ["Nothing changed: this is a draft. Send it, or discard it."]
    assert draft.status == "draft"


def test_a_cancelled_one_offers_nothing_more(admin_client: Client, running: Broadcast) -> None:
    press(admin_client, running, "cancel")
    offered = page(admin_client, running).context
    assert not any(offered[f"may_{verb}"] for verb in ("pause", "resume", "cancel", "retry"))


# Listing


def test_the_list_shows_how_far_each_has_come(
    admin_client: Client, running: Broadcast, people: list[Any]
) -> None:
    drafted(admin_client, users_page(), people)
    seen = admin_client.get(page_of(Broadcast))
    assert "Spring news" in seen.text
    assert "continue editing" in seen.text
    assert '<progress class="joinchat-progress" max="100" value="0"' in seen.text
    filtered = admin_client.get(page_of(Broadcast), {"status__exact": "running"})
    assert list(filtered.context["cl"].result_list) == [running]


def test_the_list_takes_as_many_queries_for_many_as_for_one(
    admin_client: Client, running: Broadcast
) -> None:
    counts = []
    for _time in range(2):
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(page_of(Broadcast))
        counts.append(len(queries))
        Broadcast.objects.bulk_create(
            Broadcast(status="running", model=running.model, requested_by=running.requested_by)
            for _number in range(20)
        )
    assert counts[0] == counts[1]


def test_one_that_is_over_can_be_deleted_and_no_other(
    admin_client: Client, running: Broadcast
) -> None:
    url = page_of(Broadcast, "delete", running.pk)
    assert admin_client.post(url, {"post": "yes"}).status_code == 403
    press(admin_client, running, "cancel")
    assert admin_client.get(url).status_code == 200
    admin_client.post(url, {"post": "yes"})
    assert not Broadcast.objects.exists()


# Permissions


def pages(broadcast: Broadcast) -> list[str]:
    names = ("change", "compose", "review", "progress", "history", "delete", *WRITES)
    return [page_of(Broadcast), *(page_of(Broadcast, name, broadcast.pk) for name in names)]


def test_an_anonymous_visitor_is_asked_to_sign_in(client: Client, running: Broadcast) -> None:
    for url in pages(running):
        for response in (client.get(url), client.post(url)):
            assert response.status_code == 302, url
            assert response["Location"].startswith(reverse("admin:login")), url


def test_staff_without_a_permission_get_nowhere(staff_client: Any, running: Broadcast) -> None:
    client = staff_client()
    before = Broadcast.objects.values().get()
    written = [page_of(Broadcast, name, running.pk) for name in WRITES]
    for url in pages(running):
        found = client.post(url).status_code
        assert found == (405 if url.endswith("/progress/") else 403), url
        assert client.get(url).status_code == (405 if url in written else 403), url
    assert Broadcast.objects.values().get() == before


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.thorough
def test_what_writes_takes_a_post_alone(
    admin_client: Client, running: Broadcast, name: str
) -> None:
    assert page(admin_client, running, name).status_code == 405


@pytest.mark.parametrize("name", ["compose", "review", *WRITES])
@pytest.mark.thorough
def test_what_writes_needs_a_csrf_token(admin_user: Any, running: Broadcast, name: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(page_of(Broadcast, name, running.pk)).status_code == 403


def test_who_may_look_at_broadcasts_may_not_steer_them(
    staff_client: Any, running: Broadcast
) -> None:
    client = staff_client("view_broadcast")
    seen = page(client, running)
    assert "Spring news" in seen.text
    assert not any(seen.context[f"may_{verb}"] for verb in ("pause", "cancel"))
    assert page(client, running, "progress").status_code == 200
    for name in WRITES:
        assert press(client, running, name).status_code == 403, name
    assert running.status == "running"


def test_who_may_look_at_broadcasts_may_not_delete_them(
    staff_client: Any, running: Broadcast
) -> None:
    client = staff_client("view_broadcast", "send_broadcast")
    press(client, running, "cancel")
    url = page_of(Broadcast, "delete", running.pk)
    assert "/delete/" not in page(client, running).text
    assert client.get(url).status_code == 403
    assert client.post(url, {"post": "yes"}).status_code == 403
    assert Broadcast.objects.exists()


def test_whoever_sends_sees_and_steers_his_own_alone(
    staff_client: Any, running: Broadcast, people: list[Any]
) -> None:
    client = staff_client("send_message", may("view", get_user_model()))
    own = send(client, users_page(), people, "Mine")
    assert list(client.get(page_of(Broadcast)).context["cl"].result_list) == [own]
    press(client, own, "pause")
    assert own.status == "paused"
    assert press(client, running, "pause").status_code == 404
    assert running.status == "running"


def test_who_may_broadcast_steers_everybodys(staff_client: Any, running: Broadcast) -> None:
    client = staff_client("send_broadcast")
    press(client, running, "pause")
    assert running.status == "paused"


def test_drafts_are_seen_by_their_owner_alone(
    staff_client: Any, draft: Broadcast, people: list[Any]
) -> None:
    client = staff_client("view_broadcast", "send_broadcast", may("view", get_user_model()))
    assert not client.get(page_of(Broadcast)).context["cl"].result_list
    for name in ("compose", "review"):
        assert page(client, draft, name).status_code == 404
    assert client.post(page_of(Broadcast, "discard", draft.pk)).status_code == 404
    assert Broadcast.objects.get() == draft


def test_a_large_draft_is_not_sent_by_who_may_no_longer_broadcast(
    staff_client: Any, people: list[Any]
) -> None:
    client = staff_client("send_message", may("view", get_user_model()))
    draft = drafted(client, users_page(), people)
    compose(client, draft, "Hello")
    Broadcast.objects.update(selected=501)
    assert "You may not send to so many people" in page(client, draft, "review").text
    assert confirm(client, draft).status_code == 403
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_what_it_says_is_for_its_owner_and_who_may_read_content(
    staff_client: Any, running: Broadcast
) -> None:
    Broadcast.objects.update(body={"template_type": "text", "text": "the secret price"})
    Broadcast.objects.update(errors=[["ann", "the faulty text"]])
    Broadcast.objects.update(status="paused", reason="the reason")
    client = staff_client("view_broadcast", "send_broadcast")
    for seen in (page(client, running), page(client, running, "progress")):
        for words in ("the secret price", "the faulty text", "the reason"):
            assert words not in seen.text


@pytest.mark.usefixtures("running")
def test_who_may_read_content_sees_what_it_says(staff_client: Any) -> None:
    ann = get_user_model().objects.get(username="ann")
    Broadcast.objects.update(
        errors=[[in_json(ann.pk), "the faulty text"]], status="paused", reason="the reason"
    )
    client = staff_client("view_broadcast", "read_content")
    seen = page(client, Broadcast.objects.get())
    assert "Hello" in seen.context["preview"]
    assert seen.context["errors"] == [("ann", "the faulty text")]
    assert "the reason" in seen.text


def test_markup_in_names_and_titles_stays_text(
    admin_client: Client, people: list[Any], background: None
) -> None:
    for person, name in zip(people, ('<b>"Ann"</b>', "<b>'Bob'</b>", "<b>Eve</b>"), strict=True):
        person.username = name
        person.save()
    draft = drafted(admin_client, users_page(), people)
    compose(admin_client, draft, "<b>Hi</b>", title="<b>Title</b>")
    reviewed = page(admin_client, draft, "review")
    assert "&lt;b&gt;Eve&lt;/b&gt;" in reviewed.text
    pages_seen = [page(admin_client, draft, "compose"), reviewed]
    confirm(admin_client, draft)
    pages_seen += [page(admin_client, draft), admin_client.get(page_of(Broadcast))]
    pages_seen.append(page(admin_client, draft, "history"))
    for seen in pages_seen:
        assert not [
            tag for tag in ("<b>&", '<b>"', "<b>'", "<b>E", "<b>H", "<b>T") if tag in seen.text
        ]
    assert "<b>" not in page(admin_client, draft, "progress").json()["notes"]
