"""What the admin's index warns of, and whom."""

from __future__ import annotations

import datetime
import importlib
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.admin import INDEX_TEMPLATE, index_warnings
from joinchat_django.admin.index_warnings import warnings_for
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery import pauses
from joinchat_django.models import BotState, OutboxMessage

from .pages import page_of

pytestmark = pytest.mark.django_db


def warnings(client: Client) -> list[str]:
    response = client.get(reverse("admin:index"))
    assert response.status_code == 200
    found = response.context.get("warnings") or []
    assert response.text.count('<li class="warning">') == len(found)
    return [warning.text for warning in found]


def waiting(minutes: float, bot: str = "default") -> OutboxMessage:
    """A message that could have been sent so long ago."""
    row = outbox.send(Recipient(uuid="a"), Text("x"), bot=bot)
    assert isinstance(row, OutboxMessage)
    since = timezone.now() - datetime.timedelta(minutes=minutes)
    OutboxMessage.objects.filter(pk=row.pk).update(send_at=since)
    return row


def test_it_is_silent_while_all_is_well(admin_client: Client) -> None:
    waiting(minutes=4)
    assert warnings(admin_client) == []


def test_a_paused_bot_with_the_reason_and_the_way_to_its_page(admin_client: Client) -> None:
    pauses.pause("default", 600, "<b>Wrong</b> secret.")
    waiting(minutes=60)
    assert warnings(admin_client) == ["The bot “default” is paused. <b>Wrong</b> secret."]
    page = admin_client.get(reverse("admin:index")).text
    assert "&lt;b&gt;Wrong&lt;/b&gt; secret." in page
    assert f'href="{page_of(BotState, "change", "default")}"' in page


class TestAQueueThatStandsStill:
    def test_is_told_with_the_wait(self, admin_client: Client) -> None:
        waiting(minutes=125)
        [text] = warnings(admin_client)
        assert "“default”: a message has waited for 2\xa0hours." in text

    def test_is_not_always_the_workers_fault(self, admin_client: Client) -> None:
        waiting(minutes=125)
        [text] = warnings(admin_client)
        assert "JoinChat does not answer" in text
        assert "manage.py joinchat_worker" in text

    @pytest.mark.parametrize(("minutes", "is_told"), [(4, False), (6, True)])
    def test_is_one_that_a_dead_worker_holds(
        self, admin_client: Client, minutes: float, is_told: bool
    ) -> None:
        held = waiting(minutes=125)
        OutboxMessage.objects.filter(pk=held.pk).update(
            status="sending", lease_until=timezone.now() - datetime.timedelta(minutes=minutes)
        )
        assert ["2\xa0hours" in text for text in warnings(admin_client)] == [True] * is_told

    def test_is_not_one_that_is_long_and_moves(self, admin_client: Client) -> None:
        moved = waiting(minutes=0)
        OutboxMessage.objects.filter(pk=moved.pk).update(status="sent", settled_at=timezone.now())
        waiting(minutes=125)
        assert warnings(admin_client) == []


def test_messages_of_a_bot_that_left_the_settings(
    admin_client: Client, two_bots: None, settings: Any
) -> None:
    row = waiting(minutes=0, bot="support")
    settings.JOINCHAT = {"default": settings.JOINCHAT["default"]}
    [text] = warnings(admin_client)
    assert "“support”, which the settings do not name any more" in text
    OutboxMessage.objects.filter(pk=row.pk).update(status="cancelled")
    assert warnings(admin_client) == []


@pytest.mark.parametrize("permission", ["view_botstate", "manage_bots"])
def test_who_has_to_do_with_bots_is_warned(staff_client: Any, permission: str) -> None:
    pauses.pause("default", 600, "Wrong.")
    assert len(warnings(staff_client(permission))) == 1


def test_others_are_told_nothing_and_cost_no_query(staff_client: Any) -> None:
    pauses.pause("default", 600, "Wrong.")
    client = staff_client("view_outboxmessage")
    with CaptureQueriesContext(connection) as asked:
        assert warnings(client) == []
    tables = (BotState._meta.db_table, OutboxMessage._meta.db_table)
    assert not [query for query in asked if any(table in query["sql"] for table in tables)]


def test_no_row_is_counted_and_each_bot_costs_the_same(
    admin_client: Client, two_bots: None
) -> None:
    waiting(minutes=1)
    outbox.send(Recipient(uuid="b"), Text("x"), bot="support")

    def asked() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            warnings(admin_client)
        return [query["sql"] for query in captured]

    few = asked()
    assert not [sql for sql in few if "COUNT(" in sql]
    for number in range(20):
        outbox.send(Recipient(uuid=f"uuid-{number}"), Text("x"))
    assert len(asked()) == len(few)


class TestTheIndexNeverBreaks:
    def test_for_settings_that_are_wrong(self, admin_client: Client, settings: Any) -> None:
        settings.JOINCHAT = {"default": {}}
        assert "Run manage.py check" in warnings(admin_client)[0]
        settings.JOINCHAT = None
        assert "Run manage.py check" in warnings(admin_client)[0]

    # MariaDB commits what renames a table.
    @pytest.mark.django_db(transaction=True)
    def test_for_a_table_that_is_not_there(
        self, admin_client: Client, caplog: pytest.LogCaptureFixture
    ) -> None:
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(BotState._meta.db_table)
            away = connection.ops.quote_name("away")
            cursor.execute(f"ALTER TABLE {table} RENAME TO {away}")
            try:
                assert warnings(admin_client) == []
            finally:
                cursor.execute(f"ALTER TABLE {away} RENAME TO {table}")
        assert "cannot be read" in caplog.text

    @pytest.mark.urls("tests.admin.urls")
    def test_of_another_admin_that_leaves_bots_out(
        self, rf: RequestFactory, admin_user: Any
    ) -> None:
        pauses.pause("default", 600, "Wrong.")
        request = rf.get(reverse("desk:index"))
        request.user = admin_user
        request.current_app = "desk"  # type: ignore[attr-defined]
        assert [warning.url for warning in warnings_for(request)] == [""]


def test_a_site_with_an_index_of_its_own_keeps_it() -> None:
    assert admin.site.index_template == INDEX_TEMPLATE
    # Not by pytest's monkeypatch: the site is lazy, and would be left without a template.
    admin.site.index_template = "shop/index.html"
    try:
        importlib.reload(index_warnings)
        assert admin.site.index_template == "shop/index.html"
    finally:
        admin.site.index_template = INDEX_TEMPLATE
