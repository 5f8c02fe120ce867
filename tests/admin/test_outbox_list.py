"""The outbox's list: pages and filters, however many rows there are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from joinchat_django.models import MessageTemplate, OutboxMessage, TriggerState

from .outbox_list import changelist, found, put, walk
from .pages import page_of

pytestmark = pytest.mark.usefixtures("left_to_a_worker")


class TestPages:
    @pytest.mark.thorough
    def test_lead_from_the_newest_row_to_the_oldest_and_back(self, admin_client: Client) -> None:
        keys = [row.pk for row in put(250)][::-1]
        pages = walk(admin_client, "older", "?")
        assert pages == [keys[:100], keys[100:200], keys[200:]]
        back = walk(admin_client, "newer", f"?before={keys[199]}")
        assert back == [keys[200:], keys[100:200], keys[:100]]

    @pytest.mark.thorough
    def test_keep_the_filters(self, admin_client: Client) -> None:
        failed = [row.pk for row in put(120, status="failed")][::-1]
        put(30)
        assert walk(admin_client, "older", "?status=failed") == [failed[:100], failed[100:]]

    @pytest.mark.usefixtures("twenty_are_many_rows")
    def test_of_many_rows_go_through_a_stretch_of_keys_each(self, admin_client: Client) -> None:
        failed = [row.pk for row in put(25, status="failed")][::-1]
        put(180, status="sent")
        pages = walk(admin_client, "older", "?status=failed")
        assert [key for page in pages for key in page] == failed
        assert len(pages) > 3
        assert pages[0] == []
        page = changelist(admin_client, "?status=failed")
        assert page.stretch.highest - page.stretch.lowest == 49

    @pytest.mark.usefixtures("twenty_are_many_rows")
    def test_lead_back_through_stretches_too(self, admin_client: Client) -> None:
        failed = [row.pk for row in put(25, status="failed")][::-1]
        put(180, status="sent")
        pages = walk(admin_client, "newer", f"?status=failed&after={failed[-1] - 1}")
        assert pages[0] == failed
        assert pages[-1] == []

    @pytest.mark.usefixtures("twenty_are_many_rows")
    def test_of_a_group_begin_where_its_rows_do(self, admin_client: Client) -> None:
        group = [row.pk for row in put(25, group="spring", status="sent")][::-1]
        put(180)
        assert walk(admin_client, "older", "?group=spring") == [group]
        assert walk(admin_client, "older", "?group=spring&status=sent") == [group]

    @pytest.mark.usefixtures("twenty_are_many_rows")
    def test_of_a_group_end_where_its_rows_do(self, admin_client: Client) -> None:
        group = [row.pk for row in put(25, group="spring", status="sent")][::-1]
        put(180)
        pages = walk(admin_client, "newer", f"?group=spring&after={group[-1] - 1}")
        assert pages == [group]

    @pytest.mark.usefixtures("twenty_are_many_rows")
    def test_name_keys_as_the_search_takes_them(self, admin_client: Client, settings: Any) -> None:
        settings.USE_THOUSAND_SEPARATOR = True
        put(1, status="failed")
        rows = put(60, status="failed")
        last = 1_000_000
        OutboxMessage.objects.filter(pk=rows[-1].pk).update(id=last)
        page = admin_client.get(page_of(OutboxMessage), {"status": "failed"})
        assert f"Messages #{last - 49} to #{last} were looked through" in page.text

    @pytest.mark.parametrize(
        "query",
        ["?before=x", "?after=x", "?created_from=x", "?template=x", "?template=%00"]
        + ["?group=%00", "?trigger=a%00", "?status=%00", "?status__exact=%00", "?bot=%00"],
    )
    def test_that_cannot_be_lead_to_the_first_one(self, admin_client: Client, query: str) -> None:
        response = admin_client.get(page_of(OutboxMessage) + query)
        assert response["Location"].endswith("?e=1")

    @pytest.mark.parametrize(
        ("query", "is_empty"),
        [("?before=99999999999999999999", False), ("?after=-5", False), ("?before=0", True)]
        + [("?after=99999999999999999999", False)],
    )
    def test_beyond_all_rows_are_empty_or_the_first(
        self, admin_client: Client, query: str, is_empty: bool
    ) -> None:
        keys = [row.pk for row in put(3)][::-1]
        page = changelist(admin_client, query)
        assert [row.pk for row in page.result_list] == ([] if is_empty else keys)
        # Nothing lies beyond: a link that way would lead nowhere.
        assert bool(page.newer) == is_empty
        assert page.older == ""


class TestFilters:
    def test_narrow_the_list(self, admin_client: Client) -> None:
        template = MessageTemplate.objects.create(slug="a", name="A", body={})
        [by_status] = put(1, status="failed")
        [by_template] = put(1, template=template)
        [by_trigger] = put(1, trigger="shop.receipt")
        [by_group] = put(1, group="broadcast-7")
        assert found(admin_client, status="failed") == [by_status.pk]
        assert found(admin_client, template=template.pk) == [by_template.pk]
        assert found(admin_client, trigger="shop.receipt") == [by_trigger.pk]
        assert found(admin_client, group="broadcast-7") == [by_group.pk]
        assert found(admin_client, group="broadcast-7", status="failed") == []
        # As the admin's own filters have it.
        assert found(admin_client, "?status__exact=failed") == [by_status.pk]

    def test_offer_what_is_known_without_a_look_at_the_outbox(
        self, admin_client: Client, two_bots: None
    ) -> None:
        MessageTemplate.objects.create(slug="a", name="Spring <b>news</b>", body={})
        TriggerState.objects.create(name="shop.once_was")
        put(1, trigger="unknown", group="unknown")
        page = admin_client.get(page_of(OutboxMessage)).text
        for choice in ("Spring &lt;b&gt;news", "shop.once_was", ">support<", ">uncertain<"):
            assert choice in page
        assert "trigger=unknown" not in page

    def test_by_bot(self, admin_client: Client, two_bots: None) -> None:
        put(1)
        [row] = put(1, bot="support")
        assert found(admin_client, bot="support") == [row.pk]

    def test_by_group_can_be_taken_away(self, admin_client: Client) -> None:
        put(1, group="spring")
        page = admin_client.get(page_of(OutboxMessage), {"group": "spring", "status": "queued"})
        assert "Group “spring”" in page.text
        assert page.context["cl"].without_group == "?status=queued"
