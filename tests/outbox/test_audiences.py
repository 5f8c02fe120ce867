"""Whom a bulk goes to: any collection of users, links and recipients, and each of them once."""

from __future__ import annotations

import datetime
import sqlite3
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from joinchat_django.outbox import BulkResult
from tests.outbox.people import linked_people, people, reached, texts, users, uuids

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("small_pages")]

HELLO = Text("Hello")


def link_again(crowd: list[Any]) -> None:
    """Give each a second link, an older one, by another uuid."""
    before = timezone.now() - datetime.timedelta(days=1)
    MessengerLink.objects.bulk_create(
        MessengerLink(user=user, uuid=f"old-{user.username}", linked_at=before) for user in crowd
    )


@pytest.mark.parametrize("number", [0, 1, 2, 3, 4, 5, 6, 7, 20])
def test_a_queryset_is_sent_to_whole_wherever_its_pages_end(number: int) -> None:
    crowd = linked_people(number)
    assert outbox.send_bulk(users().all(), HELLO) == BulkResult(queued=number)
    assert reached() == uuids(crowd)


def test_a_user_whom_a_join_repeats_gets_one_message() -> None:
    crowd = linked_people(8)
    for _ in range(2):
        link_again(crowd[::2])
        MessengerLink.objects.filter(uuid__startswith="old").update(
            uuid=F("pk"), uuid_digest=F("pk")
        )
    joined = users().filter(messenger_links__is_active=True)
    assert joined.count() == 16
    assert outbox.send_bulk(joined, HELLO) == BulkResult(queued=8, repeated=8)
    assert reached() == uuids(crowd)


def test_a_user_who_fills_a_page_alone_gets_one_message() -> None:
    crowd = linked_people(3)
    MessengerLink.objects.bulk_create(
        MessengerLink(user=user, uuid=f"{user.pk}-{n}", is_active=False)
        for user in crowd
        for n in range(7)
    )
    result = outbox.send_bulk(users().filter(messenger_links__bot="default"), HELLO)
    assert result.queued == 3
    assert reached() == uuids(crowd)


@pytest.mark.parametrize(
    "narrowed",
    [
        pytest.param(lambda all_: all_.order_by("-username")[2:9], id="slice"),
        pytest.param(lambda all_: all_.order_by("username").reverse(), id="reversed"),
        pytest.param(lambda all_: all_.order_by("?"), id="shuffled"),
        pytest.param(lambda all_: all_.only("pk"), id="deferred fields"),
        pytest.param(lambda all_: all_.distinct(), id="distinct"),
        pytest.param(lambda all_: all_.annotate(links=Count("messenger_links")), id="aggregate"),
        pytest.param(lambda all_: all_.prefetch_related("messenger_links"), id="prefetched"),
        pytest.param(
            lambda all_: all_.filter(username__lt="p5").union(all_.filter(username__gt="p5")),
            id="union",
        ),
        pytest.param(
            lambda all_: all_.annotate(
                place=Window(RowNumber(), order_by=F("username").desc())
            ).filter(place__lte=7),
            id="window",
        ),
        pytest.param(lambda all_: all_.iterator(), id="iterator"),
        pytest.param(list, id="list"),
        pytest.param(lambda all_: (user for user in all_), id="generator"),
        pytest.param(lambda all_: all_.none(), id="none"),
    ],
)
def test_whatever_django_makes_of_the_users_is_sent_to_as_it_is(narrowed: Any) -> None:
    linked_people(10)
    wanted = uuids(list(narrowed(users().all())))
    result = outbox.send_bulk(narrowed(users().all()), HELLO)
    assert result == BulkResult(queued=len(wanted))
    assert reached() == wanted


def test_fields_that_were_deferred_are_there_for_a_template(greeting: MessageTemplate) -> None:
    linked_people(4)
    result = outbox.send_bulk(users().only("pk"), greeting, context={"points": 5})
    assert result == BulkResult(queued=4)
    assert texts() == [f"p{n} has 5 points" for n in range(4)]


def test_somebody_who_appears_again_in_a_list_gets_one_message() -> None:
    first, second = linked_people(2)
    link = first.messenger_links.get()
    me = Recipient(email="me@example.com")
    given = [first, me, second, first, link, me, second, Recipient(phone="me@example.com")]
    assert outbox.send_bulk(iter(given), HELLO) == BulkResult(queued=4, repeated=4)
    assert reached() == ["me@example.com", "me@example.com", "of-p0", "of-p1"]


def test_recipients_that_differ_only_in_case_are_two() -> None:
    given = [Recipient(uuid="abc"), Recipient(uuid="ABC")]
    assert outbox.send_bulk(given, HELLO, idempotency_key="k").queued == 2
    assert outbox.send_bulk(given, HELLO, idempotency_key="k").already_queued == 2
    assert reached() == ["ABC", "abc"]


def test_messages_go_to_the_newest_active_link_of_each() -> None:
    crowd = linked_people(4)
    link_again(crowd)
    off = crowd[0].messenger_links.get(uuid="of-p0")
    off.is_active = False
    off.save()
    lonely = people(1, name="lonely")
    other = people(1, name="other")
    MessengerLink.objects.create(user=other[0], uuid="elsewhere", bot="second")
    result = outbox.send_bulk([*crowd, *lonely, *other], HELLO)
    assert result == BulkResult(queued=4, not_linked=2)
    assert reached() == ["of-p1", "of-p2", "of-p3", "old-p0"]


def test_of_two_links_of_the_same_moment_the_later_row_is_the_newest() -> None:
    [user] = people(1)
    now = timezone.now()
    for uuid in ("b", "c", "a"):
        MessengerLink.objects.create(user=user, uuid=uuid, linked_at=now)
    outbox.send_bulk([user], HELLO)
    assert reached() == [outbox.recipient_of(user).uuid] == ["a"]


def test_links_stand_for_their_users_whichever_of_theirs_they_are() -> None:
    crowd = linked_people(6)
    link_again(crowd[:1])
    MessengerLink.objects.filter(user=crowd[1]).update(is_active=False)
    MessengerLink.objects.filter(user=crowd[2]).update(bot="second")
    before = timezone.now() - datetime.timedelta(days=1)
    for user, other in ((crowd[3], {"is_active": False}), (crowd[4], {"bot": "second"})):
        MessengerLink.objects.create(
            user=user, uuid=f"bad-{user.username}", linked_at=before, **other
        )
    links = MessengerLink.objects.order_by("linked_at", "pk")
    for given in (links, list(links), [*links, *crowd], [links[0], crowd[3], *links]):
        OutboxMessage.objects.all().delete()
        result = outbox.send_bulk(given, HELLO)
        assert (result.queued, result.not_linked, result.failed) == (4, 2, 0)
        assert reached() == ["of-p0", "of-p3", "of-p4", "of-p5"]


def test_a_link_that_is_off_stands_for_a_user_who_can_be_reached() -> None:
    [user] = linked_people(1)
    off = MessengerLink.objects.create(user=user, uuid="off", is_active=False)
    assert outbox.send_bulk([off, user], HELLO) == BulkResult(queued=1, repeated=1)
    assert reached() == ["of-p0"]


def test_a_function_gets_the_user_of_a_link(greeting: MessageTemplate) -> None:
    [user] = linked_people(1)
    asked: list[Any] = []
    links = MessengerLink.objects.all()
    outbox.send_bulk(links, greeting, context=lambda user: asked.append(user) or {"points": 1})
    assert asked == [user]
    assert OutboxMessage.objects.get().user == user


def test_a_link_whose_user_is_gone_counts_as_not_linked() -> None:
    crowd = linked_people(2)
    links = list(MessengerLink.objects.order_by("pk"))
    crowd[0].delete()
    assert outbox.send_bulk(links, HELLO) == BulkResult(queued=1, not_linked=1)


@pytest.mark.parametrize(
    "given",
    [
        ["tom"],
        [None],
        "tom",
        MessageTemplate.objects,
        OutboxMessage.objects.all(),
        get_user_model().objects.values("pk"),
        get_user_model().objects.values_list("pk", flat=True),
    ],
    ids=["text", "nothing", "a word", "manager", "other rows", "values", "keys"],
)
def test_what_no_message_can_go_to_is_a_type_error(given: Any) -> None:
    linked_people(1)
    with pytest.raises(TypeError):
        outbox.send_bulk(given, HELLO)
    assert not OutboxMessage.objects.exists()


def test_a_manager_is_refused_with_the_queryset_that_is_meant() -> None:
    with pytest.raises(TypeError, match=r"Customer\.objects\.all\(\)"):
        outbox.send_bulk(users(), HELLO)


@pytest.mark.django_db(transaction=True)
def test_sqlite_is_not_kept_from_others_while_a_slice_is_read(left_to_a_worker: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("Other databases let one write what another reads.")
    linked_people(8)
    other = sqlite3.connect(connection.settings_dict["NAME"], uri=True, timeout=0)

    def write(result: BulkResult) -> None:
        with other:
            other.execute("UPDATE accounts_customer SET first_name = 'Kim'")

    try:
        outbox.send_bulk(users().order_by("username")[:8], HELLO, progress=write)
    finally:
        other.close()
    assert OutboxMessage.objects.count() == 8


def points(user: Any) -> dict[str, int]:
    return {"points": 5}


def test_a_page_costs_a_query_for_users_one_for_links_and_one_for_rows(
    monkeypatch: pytest.MonkeyPatch, greeting: MessageTemplate
) -> None:
    monkeypatch.setattr("joinchat_django.outbox.audiences.PAGE", 20)
    linked_people(30)
    with CaptureQueriesContext(connection) as captured:
        outbox.send_bulk(users().all(), greeting, context=points, idempotency_key="k")
    tables = ("accounts_customer", "joinchat_django_messengerlink", "joinchat_django_outboxmessage")
    statements = [query["sql"].replace("`", '"') for query in captured.captured_queries]
    reads = {
        table: sum(sql.startswith("SELECT") and f'FROM "{table}"' in sql for sql in statements)
        for table in tables
    }
    # Of the outbox: its clock, and the keys that it knows.
    assert reads == dict(zip(tables, (2, 2, 4), strict=True))
    assert sum(sql.startswith("INSERT") for sql in statements) == 2
    # In the test's transaction a savepoint to make them in, and one to insert them in.
    assert len(statements) == 2 + 2 + 4 + 2 + 2 * 2 * 2
