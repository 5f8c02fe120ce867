"""The same message for all is copied by the database: the rows are those that would be made."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from joinchat_django.outbox import BulkResult, bulk_pages, copying
from joinchat_django.outbox.audiences import key_pages
from joinchat_django.outbox.bulk_rows import RowMaker
from joinchat_django.outbox.drafts import Draft
from joinchat_django.outbox.newest_links import doubtful
from joinchat_django.outbox.recipients import Addressee
from joinchat_django.outbox.rows import Body
from tests.delivery.workers import PATIENCE, ROOT
from tests.outbox.people import linked_people, people, reached, uuids

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("left_to_a_worker", "small_pages"),
]

HELLO = Text("Hello, 小琳 💶 100 %s")

#: The table that rows are copied from.
LINKS = MessengerLink._meta.db_table

#: Texts that databases and Python might take for different bytes.
TEXTS = ["abc", "ABC", "a b ", "小琳 💶", "é", "e\u0301", "100 % %s", "it's \\ \"", "ß" * 255]


def users() -> Any:
    return get_user_model().objects


def rows() -> list[dict[str, Any]]:
    """All that the outbox holds but what no two rows have in common."""
    fields = {field.attname for field in OutboxMessage._meta.concrete_fields}
    return list(OutboxMessage.objects.order_by("user").values(*fields - {"id", "created_at"}))


@contextmanager
def copies() -> Iterator[list[str]]:
    """The statements that make rows of links, as they were run."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    statements = [query["sql"] for query in captured.captured_queries]
    found += [sql for sql in statements if sql.startswith("INSERT") and LINKS in sql]


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


def test_what_was_copied_is_counted_and_woken_for_though_the_next_query_fails(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    linked_people(1)
    people(1, name="lonely")
    woken: list[bool] = []
    monkeypatch.setattr("joinchat_django.outbox.waking.wake", lambda: woken.append(True))

    def fail(bot: str, keys: list[Any]) -> list[Any]:
        raise OperationalError("gone")

    monkeypatch.setattr(bulk_pages, "doubtful", fail)
    monkeypatch.setattr(copying, "COPIED_AT_ONCE", 100)
    with caplog.at_level("INFO"), pytest.raises(OperationalError, match="gone"):
        outbox.send_bulk(users().all(), HELLO)
    assert OutboxMessage.objects.count() == 1
    assert "queued=1 " in caplog.text
    assert woken == [True]


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_undone_is_written_row_by_row() -> None:
    crowd = linked_people(7)
    key = users().order_by("pk")[2].pk
    asked: list[bool] = []

    def quicker(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "idempotency_digest" in sql and len(asked) < 2:
            asked.append(True)
            if len(asked) == 2:  # The second page's known keys are read.
                outbox.send(users().get(pk=key), Text("quicker"), idempotency_key=f"k:{key}")
        return result

    seen: list[BulkResult] = []
    with connection.execute_wrapper(quicker):
        result = outbox.send_bulk(users().all(), HELLO, idempotency_key="k", progress=seen.append)
    assert result == BulkResult(queued=6, already_queued=1)
    assert [one.total for one in seen] == [2, 4, 6, 7]
    assert reached() == uuids(crowd)


def test_a_bulk_that_is_run_again_copies_what_is_missing() -> None:
    crowd = linked_people(8)
    lonely = people(1, name="lonely")[0]
    some = [crowd[0], crowd[5]]
    outbox.send_bulk(some, HELLO, idempotency_key="k")
    MessengerLink.objects.filter(user=crowd[5]).delete()
    with copies() as copied:
        result = outbox.send_bulk(users().all(), HELLO, idempotency_key="k")
    assert copied
    assert result == BulkResult(queued=6, already_queued=2, not_linked=1)
    again = outbox.send_bulk(users().all(), HELLO, idempotency_key="k")
    assert again == BulkResult(already_queued=8, not_linked=1)
    assert lonely.messenger_links.count() == 0


def test_rows_that_a_join_and_a_column_tell_apart_are_counted_as_they_are() -> None:
    crowd = linked_people(4)
    MessengerLink.objects.bulk_create(
        MessengerLink(user=one, uuid=f"b-{one.pk}", is_active=False) for one in crowd
    )
    joined = users().annotate(of=F("messenger_links__uuid"))
    for audience in (joined, joined.distinct()):
        assert outbox.send_bulk(audience, HELLO) == BulkResult(queued=4, repeated=4)
    plain = users().filter(messenger_links__bot="default").distinct()
    assert outbox.send_bulk(plain, HELLO) == BulkResult(queued=4)


@pytest.mark.parametrize(
    ("narrowed", "is_copied"),
    [
        (lambda all_: all_, True),
        (lambda all_: all_.order_by("-username").reverse(), True),
        (lambda all_: all_.only("pk").prefetch_related("messenger_links"), True),
        (lambda all_: all_.extra(select={"one": "1"}), True),
        (lambda all_: all_.order_by("username")[:3], False),
        (list, False),
        (lambda all_: MessengerLink.objects.all(), False),
    ],
    ids=["all", "reversed", "deferred", "extra", "slice", "list", "links"],
)
def test_only_what_is_read_by_key_is_copied(
    narrowed: Callable[[Any], Any], is_copied: bool
) -> None:
    linked_people(3)
    with copies() as copied:
        assert outbox.send_bulk(narrowed(users().all()), HELLO) == BulkResult(queued=3)
    assert bool(copied) is is_copied


def test_keys_that_are_not_what_their_field_says_are_not_copied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    crowd = linked_people(5)

    def texts(*args: Any) -> Iterator[list[Any]]:
        for page in key_pages(*args):
            yield [str(key) for key in page]

    monkeypatch.setattr("joinchat_django.outbox.bulk_pages.key_pages", texts)
    with copies() as copied:
        assert outbox.send_bulk(users().all(), HELLO) == BulkResult(queued=5)
    assert not copied
    assert reached() == uuids(crowd)


def test_a_long_message_makes_small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "COPIED_AT_ONCE", 100)
    linked_people(7)
    with copies() as copied:
        monkeypatch.setattr(copying, "BATCH_BYTES", 3 * len(Body.of(HELLO).content.encode()))
        outbox.send_bulk(users().all(), HELLO)
    assert len(copied) == 4


def test_a_page_costs_a_query_for_keys_and_a_statement_for_rows() -> None:
    linked_people(7)
    with CaptureQueriesContext(connection) as captured:
        outbox.send_bulk(users().all(), HELLO)
    # The first user, to see what they are; for each page its keys and a savepoint.
    assert len(captured) == 1 + 4 * (1 + 1 + 2)


@pytest.mark.django_db(transaction=True)
def test_in_the_callers_transaction_a_copy_is_a_part_of_it() -> None:
    linked_people(4)
    with transaction.atomic():
        assert outbox.send_bulk(users().all(), HELLO).queued == 4
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


SCENARIO = """
import json
import django
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection

call_command("migrate", verbosity=0)

from joinchat_django import outbox
from joinchat_django.api import Text
from joinchat_django.models import MessengerLink, OutboxMessage

for n in [1, 2, 3, 7, 40_000, 3_000_000_000 if connection.vendor == "sqlite" else 2_000_000_000]:
    MessengerLink.objects.create(user=User.objects.create(pk=n, username=str(n)), uuid=f"of-{n}")
User.objects.create(pk=5, username="lonely")
found = {}
for audience in (User.objects.all(), list(User.objects.all())):
    result = outbox.send_bulk(audience, Text("Hi"), idempotency_key="k")
    assert (result.queued, result.not_linked) == (6, 1), result
    again = outbox.send_bulk(User.objects.all(), Text("Hi"), idempotency_key="k")
    assert (again.already_queued, again.not_linked) == (6, 1), again
    rows = OutboxMessage.objects.order_by("user").values_list(
        "user", "recipient_value", "recipient_digest", "idempotency_key", "idempotency_digest"
    )
    found[type(audience).__name__] = list(map(list, rows))
    OutboxMessage.objects.all().delete()
print(json.dumps(found))
"""


@pytest.mark.processes
def test_users_whose_keys_are_numbers() -> None:
    database = {**connection.settings_dict, "NAME": ":memory:"}
    if connection.vendor != "sqlite":
        database["NAME"] = f"{connection.settings_dict['NAME']}_numbers"
    settings = (
        "from tests.settings import *\n"
        "AUTH_USER_MODEL = 'auth.User'\n"
        "INSTALLED_APPS = [app for app in INSTALLED_APPS if app != 'tests.accounts']\n"
        "JOINCHAT_DELIVERY = {'DISPATCHER': 'worker'}\n"
        f"DATABASES['default']['NAME'] = {database['NAME']!r}\n"
    )
    program = (
        "import sys, types, os\n"
        "module = types.ModuleType('number_settings')\n"
        f"exec({settings!r}, module.__dict__)\n"
        "sys.modules['number_settings'] = module\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'number_settings'\n" + SCENARIO
    )
    quoted = connection.ops.quote_name(database["NAME"])
    if connection.vendor != "sqlite":
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {quoted}")
    try:
        ran = subprocess.run(
            [sys.executable, "-c", program],
            env=dict(os.environ),
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        if connection.vendor != "sqlite":
            with connection._nodb_cursor() as cursor:
                cursor.execute(f"DROP DATABASE {quoted}")
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["QuerySet"] == found["list"]
