"""The same message for all is copied by the database: the rows are those that would be made."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from joinchat_django.outbox import BulkResult, copying
from joinchat_django.outbox.bulk_rows import RowMaker
from joinchat_django.outbox.drafts import Draft
from joinchat_django.outbox.newest_links import doubtful
from joinchat_django.outbox.recipients import Addressee
from joinchat_django.outbox.rows import Body
from tests.outbox.people import linked_people, people, reached, rows, users, uuids

from .copies import HELLO, copies

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("left_to_a_worker", "small_pages"),
]

#: Texts that databases and Python might take for different bytes.
TEXTS = ["abc", "ABC", "a b ", "小琳 💶", "é", "e\u0301", "100 % %s", "it's \\ \"", "ß" * 255]


@pytest.mark.parametrize("key", [None, "é%s'"])
@pytest.mark.parametrize("is_aware", [True, False])
def test_rows_that_are_copied_are_rows_that_are_made(
    key: str | None, is_aware: bool, settings: Any
) -> None:
    settings.USE_TZ = is_aware
    crowd = people(len(TEXTS))
    MessengerLink.objects.bulk_create(
        MessengerLink(user=one, uuid=uuid) for one, uuid in zip(crowd, TEXTS, strict=True)
    )
    [staff] = people(1, name="staff")
    template = MessageTemplate.objects.create(
        slug="fixed",
        name="Fixed",
        body={"template_type": "text", "text": "你好 💶 100 %s"},
        delay=3,
        tag="ACCOUNT_UPDATE",
    )
    now = timezone.now()
    options: dict[str, Any] = {
        "send_at": now + datetime.timedelta(days=1),
        "expires_at": now + datetime.timedelta(days=2),
        "group": "spring",
        "trigger": "t",
        "requested_by": staff,
        "idempotency_key": key,
    }
    audience = users().filter(username__startswith="p")
    with copies() as copied:
        assert outbox.send_bulk(audience, template, **options).queued == len(TEXTS)
    assert len(copied) == 5
    found = rows()
    OutboxMessage.objects.all().delete()
    with copies() as copied:
        outbox.send_bulk(list(audience), template, **options)
    assert not copied
    assert found == rows()
    assert {row["recipient_value"] for row in found} == set(TEXTS)


def maker() -> RowMaker:
    """What makes the rows of a bulk."""
    values: dict[str, Any] = dict.fromkeys(["template", "requested_by", "send_at"])
    values |= {"bot": "default", "group": ""}
    return RowMaker(Draft(HELLO), Body.of(HELLO), None, "k", values)


def test_what_differs_from_row_to_row_is_known() -> None:
    somebody, other = people(2)
    made = maker().make([Addressee(one.pk, one, value=one.username) for one in (somebody, other)])
    (_one, first), (_other, second) = made
    for row in (first, second):
        assert isinstance(row, OutboxMessage)
    different = {
        field.name
        for field in OutboxMessage._meta.concrete_fields
        if field.pre_save(first, True) != field.pre_save(second, True)  # type: ignore[arg-type]
    }
    assert different - {"created_at"} == {*copying._COPIED, *copying._COPIED_WITH_KEY}


def test_a_column_has_the_models_own_default() -> None:
    linked_people(2)
    outbox.send_bulk(users().all(), HELLO)
    for row in OutboxMessage.objects.all():
        fresh = OutboxMessage()
        for name in ("status", "attempts", "last_error", "answer", "claim_token", "for_worker"):
            assert getattr(row, name) == getattr(fresh, name)
        assert abs(row.created_at - row.send_at) < datetime.timedelta(minutes=1)


def test_messages_go_to_the_newest_active_link_of_users_who_are_active() -> None:
    crowd = linked_people(7)
    before = timezone.now() - datetime.timedelta(days=1)
    for n, options in enumerate(
        [
            {"linked_at": before},
            {"is_active": False},
            {"bot": "second"},
            {"linked_at": crowd[3].messenger_links.get().linked_at},
            {},
        ]
    ):
        MessengerLink.objects.create(user=crowd[n], uuid=f"other-{n}", **options)
    users().filter(pk=crowd[5].pk).update(is_active=False)
    people(3, name="lonely")
    with copies() as copied:
        assert outbox.send_bulk(users().all(), HELLO) == BulkResult(queued=6, not_linked=4)
    assert copied
    assert reached() == ["of-p0", "of-p1", "of-p2", "of-p6", "other-3", "other-4"]


@pytest.mark.parametrize("faulty", ["", "x\0y", "y" * 256], ids=["empty", "NUL", "long"])
def test_a_link_that_is_no_recipient_fails_alone(faulty: str) -> None:
    crowd = linked_people(7)
    people(1, name="lonely")
    if faulty and connection.vendor == "postgresql":
        pytest.skip("It stores no such text.")
    if len(faulty) > 255 and connection.vendor != "sqlite":
        pytest.skip("It stores no such text.")
    crowd[1].messenger_links.update(uuid=faulty)
    crowd[2].messenger_links.update(uuid="  ")
    before = timezone.now() - datetime.timedelta(days=1)
    MessengerLink.objects.create(user=crowd[3], uuid=faulty, linked_at=before)
    result = outbox.send_bulk(users().all(), HELLO)
    assert (result.queued, result.failed, result.not_linked) == (6, 1, 1)
    assert result.errors[0][0] == crowd[1].pk
    assert reached() == ["  ", "of-p0", *uuids(crowd[3:])]


def test_only_links_that_may_be_no_recipients_come_to_python() -> None:
    crowd = linked_people(5)
    crowd[1].messenger_links.update(uuid="")
    before = timezone.now() - datetime.timedelta(days=1)
    MessengerLink.objects.create(user=crowd[3], uuid="", linked_at=before)
    with CaptureQueriesContext(connection) as captured:
        assert doubtful("default", [one.pk for one in crowd]) == [crowd[1].pk]
    [query] = captured.captured_queries
    with connection.cursor() as cursor:
        cursor.execute(query["sql"].replace("%", "%%"))
        assert len(cursor.fetchall()) == 1
