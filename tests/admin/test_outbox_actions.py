"""Try again, cancel and mark as done: in the list and on a message's page."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from joinchat_django import broadcasts
from joinchat_django.delivery.claims import claim
from joinchat_django.models import Broadcast, OutboxMessage

from .outbox_rows import attempt, put, run, status_of
from .pages import page_of, remarks

RECALLS = ("retry", "cancel", "done")
ALL_STATUSES = ("queued", "sending", "sent", "failed", "expired", "cancelled", "uncertain")

#: What each of the three makes of which rows.
CHANGES = {
    "retry_selected": dict.fromkeys(("failed", "expired", "cancelled", "uncertain"), "queued"),
    "cancel_selected": {"queued": "cancelled"},
    "mark_selected_done": {"uncertain": "sent"},
}

pytestmark = pytest.mark.usefixtures("left_to_a_worker")


@pytest.mark.parametrize("action", CHANGES)
def test_an_action_changes_what_it_is_for_and_says_how_many_not_and_why(
    admin_client: Client, db: None, action: str
) -> None:
    rows = {status: put(status) for status in ALL_STATUSES}
    changes = CHANGES[action]
    response = run(admin_client, action, rows.values(), confirmed="yes")
    for status, row in rows.items():
        assert status_of(row) == changes.get(status, status)
    done, left = remarks(response)
    assert done.startswith(f"{len(changes)} message")
    assert left.startswith(f"{7 - len(changes)} messages stay as they are (")
    assert "1 sending" in left
    assert "Only what" in left
    entries = {entry.object_id: entry for entry in LogEntry.objects.all()}
    logged = {*changes, "sending"} if action == "cancel_selected" else changes.keys()
    assert entries.keys() == {str(rows[status].pk) for status in logged}
    # Nothing that outlives the row: neither what it said nor to whom.
    assert {one.object_repr for one in entries.values()} == {f"#{key}" for key in entries}
    if action == "cancel_selected":
        words = entries[str(rows["sending"].pk)].get_change_message()
        assert words == "Asked to cancel while it was being sent."


def test_what_may_have_been_delivered_is_tried_again_only_after_a_question(
    admin_client: Client, db: None
) -> None:
    uncertain, failed = put("uncertain"), put("failed")
    page = run(admin_client, "retry_selected", [uncertain, failed], index="0")
    assert "1 message may have been delivered" in page.text
    assert "it may arrive twice" in page.text
    assert "mark it as done" in page.text
    assert (status_of(uncertain), status_of(failed)) == ("uncertain", "failed")
    assert page.text.count(f'name="{ACTION_CHECKBOX_NAME}"') == 2
    run(admin_client, "retry_selected", [uncertain, failed], confirmed="yes")
    assert (status_of(uncertain), status_of(failed)) == ("queued", "queued")


@pytest.mark.parametrize("status", ["failed", "expired", "cancelled"])
def test_an_earlier_attempt_in_doubt_is_not_forgotten(
    admin_client: Client, db: None, status: str
) -> None:
    row = put(status)
    attempt(row, number=1, error="No answer.", in_doubt=True)
    attempt(row, number=2, error="Refused.", http_status=400)
    page = run(admin_client, "retry_selected", [row], index="0")
    assert "1 message may have been delivered" in page.text
    assert "mark it as done" not in page.text  # which only what is uncertain can be
    assert status_of(row) == status
    run(admin_client, "retry_selected", [row], confirmed="yes")
    assert status_of(row) == "queued"


def test_what_was_refused_each_time_is_tried_again_without_a_question(
    admin_client: Client, db: None
) -> None:
    failed = put("failed")
    attempt(failed, error="Refused.", http_status=400)
    assert remarks(run(admin_client, "retry_selected", [failed], index="0")) == [
        "1 message is tried again."
    ]
    assert status_of(failed) == "queued"


def test_a_message_that_was_not_kept_cannot_be_tried_again(admin_client: Client, db: None) -> None:
    row = put("failed", content="")
    [remark] = remarks(run(admin_client, "retry_selected", [row]))
    assert remark.startswith("1 message stays as it is (1 failed).")
    assert not LogEntry.objects.exists()


def test_an_action_is_for_ticked_rows_alone_however_many_match(
    admin_client: Client, db: None
) -> None:
    ticked, other = put("failed"), put("failed")
    run(admin_client, "retry_selected", [ticked], index="0", select_across="1")
    assert (status_of(ticked), status_of(other)) == ("queued", "failed")
    assert 'role="button"' not in admin_client.get(page_of(OutboxMessage)).text


def test_an_action_of_the_sites_own_gets_ticked_rows_alone(admin_client: Client, db: None) -> None:
    ticked, _other = put("failed"), put("failed")
    given: list[OutboxMessage] = []

    def look(modeladmin: Any, request: Any, queryset: Any) -> None:
        given.extend(queryset)

    admin.site.add_action(look, "look")
    try:
        run(admin_client, "look", [ticked], index="0", select_across="1")
    finally:
        admin.site.disable_action("look")
    assert given == [ticked]


@pytest.mark.parametrize("key", ["²", "9" * 19, "9" * 40, "-1", "x", ""])
def test_a_key_that_is_none_is_passed_over(admin_client: Client, db: None, key: str) -> None:
    row = put("uncertain")
    data = {"action": "mark_selected_done", "index": "0"}
    alone = admin_client.post(page_of(OutboxMessage), {**data, ACTION_CHECKBOX_NAME: key})
    assert alone.status_code in (200, 302)
    assert status_of(row) == "uncertain"
    both = [key, str(row.pk)]
    response = admin_client.post(page_of(OutboxMessage), {**data, ACTION_CHECKBOX_NAME: both})
    assert response.status_code == 302
    assert status_of(row) == "sent"


class TestOfABroadcast:
    @pytest.fixture
    def broadcast(self, db: None) -> Broadcast:
        return Broadcast.objects.create(
            status="running", model="accounts.customer", started_at=timezone.now()
        )

    @pytest.fixture
    def row(self, broadcast: Broadcast) -> OutboxMessage:
        return put("failed", group=broadcast.group)

    def test_a_message_is_held_while_the_broadcast_is_paused(
        self, admin_client: Client, broadcast: Broadcast, row: OutboxMessage
    ) -> None:
        other = put("failed", group="spring")
        broadcasts.pause(broadcast)
        run(admin_client, "retry_selected", [row, other])
        assert [one.pk for one in claim("default", limit=9, lease=60)] == [other.pk]
        assert status_of(row) == "queued"
        assert broadcasts.resume(broadcast)
        assert [one.pk for one in claim("default", limit=9, lease=60)] == [row.pk]

    def test_a_message_is_sent_while_it_runs(
        self, admin_client: Client, broadcast: Broadcast, row: OutboxMessage
    ) -> None:
        admin_client.post(page_of(OutboxMessage, "retry", row.pk))
        assert [one.pk for one in claim("default", limit=9, lease=60)] == [row.pk]

    def test_a_message_that_was_cancelled_while_it_was_held_can_be_sent_in_the_end(
        self, admin_client: Client, broadcast: Broadcast
    ) -> None:
        row = put("queued", group=broadcast.group)
        broadcasts.pause(broadcast)
        url = page_of(OutboxMessage, "change", row.pk)
        assert "held back" in admin_client.get(url).text
        admin_client.post(page_of(OutboxMessage, "cancel", row.pk))
        page = admin_client.get(url).text
        assert "held back" not in page
        assert "9999" not in page
        broadcasts.resume(broadcast)
        admin_client.post(page_of(OutboxMessage, "retry", row.pk))
        assert [one.pk for one in claim("default", limit=9, lease=60)] == [row.pk]

    @pytest.mark.parametrize("group", ["broadcast-", "broadcast-x", "broadcast-²", "broadcast-17"])
    def test_a_group_that_is_none_of_a_broadcast(
        self, admin_client: Client, db: None, group: str
    ) -> None:
        row = put("failed", group=group)
        run(admin_client, "retry_selected", [row])
        assert [one.pk for one in claim("default", limit=9, lease=60)] == [row.pk]


class TestOnAMessagesPage:
    @pytest.mark.parametrize(
        ("status", "buttons"),
        [
            ("queued", ["cancel"]),
            ("sending", ["cancel"]),
            ("sent", []),
            ("failed", ["retry"]),
            ("expired", ["retry"]),
            ("cancelled", ["retry"]),
            ("uncertain", ["retry", "done"]),
        ],
    )
    def test_there_are_buttons_for_what_applies(
        self, admin_client: Client, db: None, status: str, buttons: list[str]
    ) -> None:
        row = put(status)
        page = admin_client.get(page_of(OutboxMessage, "change", row.pk)).text
        for name in RECALLS:
            url = page_of(OutboxMessage, name, row.pk)
            assert (f'formaction="{url}"' in page) == (name in buttons)
        # "Cancel" alone would read as a way to leave the page.
        assert ('value="Cancel the message"' in page) == ("cancel" in buttons)

    @pytest.mark.parametrize(
        ("name", "before", "after"),
        [("retry", "failed", "queued"), ("cancel", "queued", "cancelled")]
        + [("done", "uncertain", "sent")],
    )
    def test_a_button_does_it_and_leads_back(
        self, admin_client: Client, db: None, name: str, before: str, after: str
    ) -> None:
        row = put(before)
        filters = "?_changelist_filters=status%3Dfailed"
        response = admin_client.post(page_of(OutboxMessage, name, row.pk) + filters)
        assert response["Location"] == page_of(OutboxMessage, "change", row.pk) + filters
        assert status_of(row) == after
        assert LogEntry.objects.get().object_id == str(row.pk)

    def test_to_try_again_what_is_uncertain_asks_first(
        self, admin_client: Client, db: None
    ) -> None:
        row = put("uncertain")
        url = page_of(OutboxMessage, "retry", row.pk)
        page = admin_client.post(url)
        assert "it may arrive twice" in page.text
        assert f'href="{page_of(OutboxMessage, "change", row.pk)}"' in page.text
        assert status_of(row) == "uncertain"
        admin_client.post(url, {"confirmed": "yes"})
        assert status_of(row) == "queued"

    def test_a_message_that_is_gone(self, admin_client: Client, db: None) -> None:
        assert admin_client.post(page_of(OutboxMessage, "retry", 17)).status_code == 404


@pytest.mark.parametrize("permissions", [["view_outboxmessage"], ["send_message"], []])
def test_nobody_does_it_without_permission(
    staff_client: Any, db: None, permissions: list[str]
) -> None:
    row = put("uncertain")
    client = staff_client(*permissions)
    for name in RECALLS:
        url = page_of(OutboxMessage, name, row.pk)
        assert client.post(url, {"confirmed": "yes"}).status_code == 403
    for action in CHANGES:
        run(client, action, [row], confirmed="yes")
    assert status_of(row) == "uncertain"
    if permissions == ["view_outboxmessage"]:
        page = client.get(page_of(OutboxMessage, "change", row.pk)).text
        assert "formaction" not in page
        assert ACTION_CHECKBOX_NAME not in client.get(page_of(OutboxMessage)).text
