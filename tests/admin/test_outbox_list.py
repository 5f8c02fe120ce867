"""The outbox's list: pages, filters and search, at the same cost however many rows there are."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.admin import outbox_changelist, outbox_keys
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery.history import last_days
from joinchat_django.models import MessageTemplate, OutboxMessage, TriggerState

from .pages import page_of

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def by_worker(settings: Any) -> None:
    """A site where a row stays as it is until a worker comes."""
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker"}


def put(number: int, **values: Any) -> list[OutboxMessage]:
    """Put rows into the outbox at once; they return in the order of their keys."""
    return OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                recipient_kind="uuid",
                recipient_value=str(n),
                content="{}",
                template_type="text",
                **values,
            )
            for n in range(number)
        ],
        batch_size=500,
    )


def changelist(client: Client, query: str = "", **parameters: Any) -> Any:
    response = client.get(page_of(OutboxMessage) + query, parameters or None)
    assert response.status_code == 200
    return response.context["cl"]


def found(client: Client, query: str = "", **parameters: Any) -> list[int]:
    return [row.pk for row in changelist(client, query, **parameters).result_list]


def walk(client: Client, direction: str, query: str) -> list[list[int]]:
    """Follow the links to older or newer pages to their end."""
    pages = []
    while query:
        page = changelist(client, query)
        pages.append([row.pk for row in page.result_list])
        query = getattr(page, direction)
    return pages


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

    @pytest.mark.usefixtures("many")
    def test_of_many_rows_go_through_a_stretch_of_keys_each(self, admin_client: Client) -> None:
        failed = [row.pk for row in put(25, status="failed")][::-1]
        put(180, status="sent")
        pages = walk(admin_client, "older", "?status=failed")
        assert [key for page in pages for key in page] == failed
        assert len(pages) > 3
        assert pages[0] == []
        page = changelist(admin_client, "?status=failed")
        assert page.stretch.highest - page.stretch.lowest == 49

    @pytest.mark.usefixtures("many")
    def test_lead_back_through_stretches_too(self, admin_client: Client) -> None:
        failed = [row.pk for row in put(25, status="failed")][::-1]
        put(180, status="sent")
        pages = walk(admin_client, "newer", f"?status=failed&after={failed[-1] - 1}")
        assert pages[0] == failed
        assert pages[-1] == []

    @pytest.mark.usefixtures("many")
    def test_of_a_group_begin_where_its_rows_do(self, admin_client: Client) -> None:
        group = [row.pk for row in put(25, group="spring", status="sent")][::-1]
        put(180)
        assert walk(admin_client, "older", "?group=spring") == [group]
        assert walk(admin_client, "older", "?group=spring&status=sent") == [group]

    @pytest.fixture
    def many(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An outbox for which twenty rows are many."""
        monkeypatch.setattr(outbox_changelist, "FEW", 20)
        monkeypatch.setattr(outbox_changelist, "STRETCH", 50)

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

    @pytest.mark.usefixtures("many")
    def test_of_a_group_end_where_its_rows_do(self, admin_client: Client) -> None:
        group = [row.pk for row in put(25, group="spring", status="sent")][::-1]
        put(180)
        pages = walk(admin_client, "newer", f"?group=spring&after={group[-1] - 1}")
        assert pages == [group]

    @pytest.mark.usefixtures("many")
    def test_name_keys_as_the_search_takes_them(self, admin_client: Client, settings: Any) -> None:
        settings.USE_THOUSAND_SEPARATOR = True
        put(1, status="failed")
        rows = put(60, status="failed")
        last = 1_000_000
        OutboxMessage.objects.filter(pk=rows[-1].pk).update(id=last)
        page = admin_client.get(page_of(OutboxMessage), {"status": "failed"})
        assert f"Messages #{last - 49} to #{last} were looked through" in page.text


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


class TestDates:
    @pytest.fixture(autouse=True)
    def near(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Bounds as narrow as they get."""
        monkeypatch.setattr(outbox_keys, "NEAR", 1)

    @pytest.fixture
    def rows(self, db: None) -> list[OutboxMessage]:
        """Three rows a day for sixty days up to now, with gaps, not quite in order."""
        rows = put(400)
        OutboxMessage.objects.filter(pk__in=[row.pk for row in rows[50:270]]).delete()
        left = list(OutboxMessage.objects.order_by("pk"))
        now = timezone.now()
        for number, row in enumerate(left):
            disorder = datetime.timedelta(minutes=25 * (number % 3))
            row.created_at = now - (len(left) - 1 - number) * DAY / 3 - disorder
        OutboxMessage.objects.bulk_update(left, ["created_at"])
        return left

    @pytest.mark.thorough
    def test_are_days_of_the_site(
        self, admin_client: Client, rows: list[OutboxMessage], settings: Any
    ) -> None:
        settings.TIME_ZONE = "Pacific/Kiritimati"
        today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)

        def between(since: datetime.datetime, until: datetime.datetime) -> list[int]:
            return [row.pk for row in reversed(rows) if since <= row.created_at < until]

        later = today + DAY
        assert found(admin_client, created="today") == between(today, later)
        assert found(admin_client, created="7days") == between(today - 6 * DAY, later)
        assert found(admin_client, created="30days") == between(today - 29 * DAY, later)
        for first, last in ((59, 50), (40, 40), (20, 3), (5, 0), (90, 80), (70, 58)):
            since, until = today - first * DAY, today - last * DAY
            span = {"created_from": since.date(), "created_until": until.date()}
            assert found(admin_client, **span) == between(since, until + DAY), span
        wanted = between(today - 10 * DAY, later)
        assert found(admin_client, created_from=(today - 10 * DAY).date()) == wanted

    def test_become_bounds_of_the_key_in_few_steps(
        self, admin_client: Client, rows: list[OutboxMessage]
    ) -> None:
        middle = timezone.now() - 30 * DAY
        with CaptureQueriesContext(connection) as asked:
            lowest = outbox_keys.first_key_since(middle)
            highest = outbox_keys.last_key_until(middle)
        assert len(asked) <= 2 * (2 + 9)  # of 400 keys
        inside = [row.pk for row in rows if abs(row.created_at - middle) < DAY / 2]
        assert highest
        assert min(inside) - 8 <= lowest <= highest <= max(inside) + 8

    def test_miss_no_row_that_came_out_of_order(self, db: None) -> None:
        rows = put(90)
        now = timezone.now()
        for number, row in enumerate(rows):
            late = datetime.timedelta(minutes=50 * (number % 3 == 0))
            row.created_at = now + datetime.timedelta(minutes=number) - late
        OutboxMessage.objects.bulk_update(rows, ["created_at"])
        for minute in range(0, 90, 5):
            moment = now + datetime.timedelta(minutes=minute)
            lowest = outbox_keys.first_key_since(moment)
            highest = outbox_keys.last_key_until(moment)
            assert lowest <= min(row.pk for row in rows if row.created_at >= moment)
            if highest is not None:
                assert highest >= max(row.pk for row in rows if row.created_at < moment)

    def test_of_an_empty_outbox(self, admin_client: Client) -> None:
        assert found(admin_client, created="today") == []


class TestSearch:
    @pytest.mark.thorough
    def test_finds_rows_by_what_an_index_knows(
        self, admin_client: Client, linked_user: Any
    ) -> None:
        linked_user.email = "tom@example.com"
        linked_user.save()
        own = outbox.send(linked_user, Text("x"), idempotency_key="receipt-17").pk
        mail = outbox.send(Recipient(email="a@example.com"), Text("x"), group="spring").pk
        both = outbox.send(Recipient(email="tom@example.com"), Text("x")).pk
        assert found(admin_client, q="tom") == found(admin_client, q="to") == [own]
        assert found(admin_client, q="uuid-of-tom") == found(admin_client, q="receipt-17") == [own]
        assert found(admin_client, q="a@example.com") == found(admin_client, q=" spring ") == [mail]
        assert found(admin_client, q=f"#{mail}") == [mail]
        assert found(admin_client, q="tom@example.com") == [both, own]
        for words in ("uuid-of", "a@example", "sprin", "om", "x", "#0", "%", "#" + "9" * 18):
            assert found(admin_client, q=words) == [], words

    def test_goes_with_filters(self, admin_client: Client, linked_user: Any) -> None:
        first, second = (outbox.send(linked_user, Text("x")) for _ in range(2))
        OutboxMessage.objects.filter(pk=second.pk).update(status="failed")
        assert found(admin_client, q="tom", status="queued") == [first.pk]

    def test_compares_no_part_of_a_text_with_the_outbox(
        self, admin_client: Client, linked_user: Any
    ) -> None:
        outbox.send(linked_user, Text("x"))
        with CaptureQueriesContext(connection) as asked:
            found(admin_client, q="tom")
        of_outbox = [q["sql"] for q in asked if "outboxmessage" in q["sql"]]
        assert of_outbox
        assert not any("LIKE" in statement for statement in of_outbox)

    def test_says_what_can_be_searched_for(self, admin_client: Client) -> None:
        assert "Search for a user name" in admin_client.get(page_of(OutboxMessage)).text


class TestTheTop:
    def test_says_what_waits_and_what_became_of_the_last_days(self, admin_client: Client) -> None:
        cache.clear()
        now = timezone.now()
        put(3)
        put(2, status="uncertain", settled_at=now)
        put(7, status="sent", settled_at=now)
        put(1, status="failed", settled_at=now)
        response = admin_client.get(page_of(OutboxMessage))
        [(figures, wait)] = response.context["overview"]["bots"]
        assert (figures.waiting, figures.uncertain) == (3, 2)
        assert wait
        chart = response.context["overview"]["chart"]
        assert (chart.sent, chart.failed, chart.highest, len(chart.bars)) == (7, 1, 8, 14)
        today = chart.bars[-1]
        assert (today.failed_y, today.failed_height + today.sent_height) == (1, 99)
        assert "7 sent, 1 failed</title>" in response.text
        assert "style=" not in response.text.split("<svg")[1].split("</svg>")[0]

    def test_is_on_the_first_page_alone(self, admin_client: Client) -> None:
        [row] = put(1)
        response = admin_client.get(page_of(OutboxMessage), {"before": row.pk})
        assert "overview" not in response.context


QUERIES = ["", "?status=failed", "?group=spring", "?trigger=shop.receipt", "?q=nobody", "?q=tom"]


@pytest.mark.thorough
def test_a_page_costs_as_many_queries_for_ten_thousand_rows_as_for_ten(
    admin_client: Client, linked_user: Any
) -> None:
    cache.clear()
    template = MessageTemplate.objects.create(slug="a", name="A", body={})

    def counts() -> list[int]:
        asked = []
        for query in QUERIES:
            with CaptureQueriesContext(connection) as queries:
                found(admin_client, query)
            asked.append(len(queries))
        return asked

    same = {"user": linked_user, "template": template, "trigger": "shop.receipt"}
    put(5, status="failed", group="spring", **same)
    put(5, **same)
    few = counts()
    put(90, status="failed", group="spring", **same)
    put(9_900, **same)
    assert counts() == few
    # The visitor's session and row, four filters' choices, the page; and the overview.
    assert few[0] == 16


@pytest.mark.thorough
def test_a_walk_along_the_key_takes_no_more_queries_for_more_rows(
    admin_client: Client, linked_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox_changelist, "FEW", 20)
    monkeypatch.setattr(outbox_changelist, "STRETCH", 50)
    last_days()  # The first look fills the cache.
    same = {"status": "failed", "group": "spring", "trigger": "shop.receipt"}

    def counts() -> list[int]:
        asked = []
        for query in ("?status=failed", "?group=spring", "?group=spring&status=failed"):
            with CaptureQueriesContext(connection) as queries:
                page = changelist(admin_client, query)
            assert page.is_walk
            asked.append(len(queries))
        return asked

    put(60, user=linked_user, **same)
    first = counts()
    put(300, user=linked_user, **same)
    assert counts() == first
    # Those of a few rows, and the ends of the outbox; of a group also those of each status.
    status, group, both = first
    assert status <= 20
    assert both <= status + 2
    assert group <= status + 2 * 7


def test_no_page_counts_or_skips_rows(admin_client: Client, db: None) -> None:
    put(120)
    with CaptureQueriesContext(connection) as asked:
        found(admin_client, "?before=1000000")
    assert not [q["sql"] for q in asked if "COUNT(" in q["sql"] or "OFFSET" in q["sql"]]
