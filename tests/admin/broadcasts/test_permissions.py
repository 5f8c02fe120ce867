"""Who sees, sends and steers whose broadcasts."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from joinchat_django.models import Broadcast
from tests.accounts.keys import in_json
from tests.admin.pages import compose, confirm, drafted, may, page_of, send, users_page

from .steps import WRITES, page, press


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


def test_whoever_sends_sees_and_steers_their_own_alone(
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
