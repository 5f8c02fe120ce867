"""A template with a user's own fields is written from columns: the rows are those of objects."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Upper
from django.db.models.signals import post_init
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.models import MessageTemplate, MessengerLink, OutboxMessage
from joinchat_django.outbox import BulkResult, personal
from joinchat_django.outbox.bulk_pages import Bulk
from tests.outbox.people import linked_people, people, reached, rows, texts, users, uuids
from tests.receiving import receiving

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("left_to_a_worker", "small_pages"),
]

NAMES = ["Pat", "小琳 💶", 'Tom & "Jerry"', "\\u0000 \\", "é", "{{ user }}", "it's 100 %s", "  "]


def crowd_of(names: list[str]) -> list[Any]:
    """Users with these first names, each with a link."""
    crowd = linked_people(len(names))
    for one, name in zip(crowd, names, strict=True):
        users().filter(pk=one.pk).update(first_name=name)
    return crowd


def template(text: str, **values: Any) -> MessageTemplate:
    body = {"template_type": "text", "text": text}
    return MessageTemplate.objects.create(slug="own", name="Own", body=body, **values)


@contextmanager
def pages_by_object() -> Iterator[list[int]]:
    """How many users were made objects of, a page each."""
    found: list[int] = []
    queue = Bulk._queue

    def noting(bulk: Bulk, page: list[Any]) -> None:
        found.append(len(page))
        queue(bulk, page)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Bulk, "_queue", noting)
        yield found


@pytest.mark.parametrize("key", [None, "é%s'"])
@pytest.mark.parametrize(
    "text",
    [
        "Dear {{ user.first_name }}, {{ number }} is on its way on {{ day }}.",
        "Dear {{ user.first_name|default:'customer'|upper }}",
        "{% if user.first_name == 'Pat' %}Hi{% else %}Dear {{ user.first_name }}{% endif %}",
    ],
    ids=["plain", "filters", "tags"],
)
def test_rows_from_columns_are_rows_of_objects(text: str, key: str | None) -> None:
    crowd_of(NAMES)
    [staff] = people(1, name="staff")
    options: dict[str, Any] = {
        "context": {"number": 17, "day": datetime.date(2026, 3, 1)},
        "group": "spring",
        "trigger": "shop.joinchat.spring",
        "requested_by": staff,
        "send_at": timezone.now() + datetime.timedelta(days=1),
        "expires_at": timezone.now() + datetime.timedelta(days=2),
        "idempotency_key": key,
    }
    own = template(text, tag="ACCOUNT_UPDATE", delay=2)
    audience = users().filter(username__startswith="p")
    with pages_by_object() as made:
        result = outbox.send_bulk(audience, own, **options)
    assert result == BulkResult(queued=len(NAMES))
    assert not made
    found = rows()
    OutboxMessage.objects.all().delete()
    with pages_by_object() as made:
        assert outbox.send_bulk(list(audience), own, **options) == result
    assert sum(made) == len(NAMES)
    assert found == rows()


def test_a_page_costs_a_query_for_keys_one_for_people_and_a_statement_for_rows() -> None:
    linked_people(7)
    own = template("Dear {{ user.first_name }}")
    with CaptureQueriesContext(connection) as captured:
        outbox.send_bulk(users().all(), own)
    # The first user, to see what they are; for each page the clock and two savepoints, too.
    assert len(captured) == 1 + 4 * (1 + 1 + 1 + 1 + 2 * 2)


def test_messages_go_to_the_newest_active_link_of_users_who_are_active() -> None:
    crowd = linked_people(5)
    before = timezone.now() - datetime.timedelta(days=1)
    MessengerLink.objects.create(user=crowd[0], uuid="older", linked_at=before)
    MessengerLink.objects.create(user=crowd[1], uuid="newer")
    MessengerLink.objects.create(user=crowd[2], uuid="off", is_active=False)
    MessengerLink.objects.create(user=crowd[3], uuid="of the other bot", bot="second")
    users().filter(pk=crowd[4].pk).update(is_active=False)
    people(3, name="lonely")
    result = outbox.send_bulk(users().all(), template("Dear {{ user.first_name }}"))
    assert result == BulkResult(queued=4, not_linked=4)
    assert reached() == ["newer", "of-p0", "of-p2", "of-p3"]


def test_a_field_that_holds_nothing_is_as_empty_as_an_objects() -> None:
    crowd_of(["Pat", "", "Lin"])
    own = template("{{ user.first_name|default:'Customer' }}{{ user.last_name }}!")
    outbox.send_bulk(users().all(), own)
    assert texts() == ["Customer!", "Lin!", "Pat!"]


def test_whose_message_breaks_a_rule_is_counted_and_stops_nobody() -> None:
    crowd = crowd_of(["Pat", "x" * 30, "Lin", "", "Kim"])
    body = {
        "template_type": "button",
        "text": "Hello",
        "buttons": [{"type": "postback", "title": "{{ user.first_name }}", "payload": "go"}],
    }
    own = MessageTemplate.objects.create(slug="own", name="Own", body=body)
    result = outbox.send_bulk(users().all(), own)
    assert (result.queued, result.failed) == (3, 2)
    assert {key for key, _text in result.errors} == {crowd[1].pk, crowd[3].pk}
    assert all("buttons[0].title" in text for _key, text in result.errors)
    by_object = outbox.send_bulk(list(users().all()), own)
    assert sorted(by_object.errors) == sorted(result.errors)


def test_a_variable_that_the_context_lacks_fails_all_and_is_named() -> None:
    linked_people(4)
    result = outbox.send_bulk(users().all(), template("{{ user.first_name }}: {{ points }}"))
    assert (result.queued, result.failed) == (0, 4)
    assert "points" in result.errors[0][1]


def test_a_bulk_that_is_run_again_writes_what_is_missing() -> None:
    crowd = linked_people(8)
    own = template("Dear {{ user.first_name }}")
    outbox.send_bulk([crowd[0], crowd[5]], own, idempotency_key="k")
    again = outbox.send_bulk(users().all(), own, idempotency_key="k")
    assert again == BulkResult(queued=6, already_queued=2)
    assert reached() == uuids(crowd)


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_undone_is_written_row_by_row() -> None:
    crowd = linked_people(3)
    own = template("Dear {{ user.first_name }}")
    asked: list[str] = []

    def quicker(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if sql.startswith("SELECT") and "idempotency_digest" in sql and not asked:
            asked.append(sql)
            outbox.send(crowd[1], own, context={}, idempotency_key=f"k:{crowd[1].pk}")
        return result

    with connection.execute_wrapper(quicker):
        result = outbox.send_bulk(users().all(), own, idempotency_key="k")
    assert result == BulkResult(queued=2, already_queued=1)
    assert reached() == uuids(crowd)


@pytest.mark.django_db(transaction=True)
def test_in_the_callers_transaction_they_are_a_part_of_it() -> None:
    linked_people(4)
    own = template("Dear {{ user.first_name }}")
    with transaction.atomic():
        assert outbox.send_bulk(users().all(), own).queued == 4
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_read_that_fails_leaves_the_callers_transaction_usable() -> None:
    crowd = linked_people(3)
    own = template("Dear {{ user.first_name }}")
    failed: list[str] = []

    def failing(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("SELECT") and "uuid" in sql and "first_name" in sql and not failed:
            failed.append(sql)
            execute("SELECT 1 / (SELECT 0) FROM no_such_table", (), many, context)
        return execute(sql, params, many, context)

    with transaction.atomic(), connection.execute_wrapper(failing):
        with pytest.raises(DatabaseError):
            outbox.send_bulk(users().all(), own)
        assert failed
        assert outbox.send_bulk(users().all(), own).queued == 3
    assert reached() == uuids(crowd)


def test_long_messages_are_inserted_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    linked_people(7)
    monkeypatch.setattr(personal, "WRITTEN_AT_ONCE", 7)
    monkeypatch.setattr(personal, "BATCH_BYTES", 100)
    own = template("Dear {{ user.first_name }}, your parcel is on its way.")
    with CaptureQueriesContext(connection) as captured:
        assert outbox.send_bulk(users().all(), own).queued == 7
    inserts = [one for one in captured.captured_queries if one["sql"].startswith("INSERT")]
    assert len(inserts) == 4


class TestObjectsAreAskedWhere:
    """What a user's object shows may be something else than the columns hold."""

    @pytest.fixture(autouse=True)
    def crowd(self) -> list[Any]:
        return linked_people(3)

    def made_of(self, text: str, **options: Any) -> int:
        with pages_by_object() as made:
            assert outbox.send_bulk(users().all(), template(text), **options).queued == 3
        return sum(made)

    def test_nothing_asks_for_it(self) -> None:
        assert self.made_of("Dear {{ user.first_name }}") == 0

    def test_the_context_is_a_function(self) -> None:
        def context(user: Any) -> dict[str, str]:
            return {"name": user.first_name}

        assert self.made_of("Dear {{ name }}", context=context) == 3

    def test_a_field_is_a_method_or_none_of_the_models(self, settings: Any) -> None:
        settings.JOINCHAT_TEMPLATES = {"USER_FIELDS": ["first_name", "get_full_name"]}
        assert self.made_of("Dear {{ user.get_full_name }}") == 3

    def test_a_field_is_another_tables(self) -> None:
        assert personal.columns_for(users().all(), ["first_name", "messenger_links"]) is None

    def test_a_name_that_means_nothing_is_as_good_as_left_out(self, settings: Any) -> None:
        settings.JOINCHAT_TEMPLATES = {"USER_FIELDS": ["first_name", "nickname"]}
        assert self.made_of("Dear {{ user.nickname|default:user.first_name }}") == 0
        assert texts() == ["Dear Pat"] * 3

    def test_a_name_is_an_annotations(self, settings: Any) -> None:
        settings.JOINCHAT_TEMPLATES = {"USER_FIELDS": ["nickname"]}
        annotated = users().annotate(nickname=Upper("first_name"))
        with pages_by_object() as made:
            outbox.send_bulk(annotated, template("Dear {{ user.nickname }}"))
        assert sum(made) == 3
        assert texts() == ["Dear PAT"] * 3

    def test_the_sites_queryset_changes_its_objects(self) -> None:
        class Masking(QuerySet[Any]):
            def _fetch_all(self) -> None:
                super()._fetch_all()
                for one in self._result_cache:
                    one.first_name = "Someone"

        with pages_by_object() as made:
            outbox.send_bulk(Masking(get_user_model()), template("Dear {{ user.first_name }}"))
        assert sum(made) == 3
        assert texts() == ["Dear Someone"] * 3

    def test_the_language_is_the_users(self, settings: Any) -> None:
        settings.JOINCHAT_TEMPLATES = {"USER_LANGUAGE": "first_name"}
        variants = {"de": {"template_type": "text", "text": "Hallo {{ user.first_name }}"}}
        own = template("Dear {{ user.first_name }}", language="en", variants=variants)
        users().update(first_name="de")
        with pages_by_object() as made:
            outbox.send_bulk(users().all(), own)
        assert sum(made) == 3
        assert texts() == ["Hallo de"] * 3

    def test_somebody_hears_of_each_object(self) -> None:
        def receiver(**kwargs: Any) -> None:
            pass

        with receiving(post_init, receiver, sender=get_user_model()):
            assert self.made_of("Dear {{ user.first_name }}") == 3

    @pytest.mark.parametrize("name", ["__init__", "from_db"])
    def test_the_model_makes_its_objects_itself(
        self, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            super(get_user_model(), self).__init__(*args, **kwargs)
            self.first_name = "Someone"

        def from_db(cls: Any, *args: Any, **kwargs: Any) -> Any:
            made = super(get_user_model(), cls).from_db(*args, **kwargs)
            made.first_name = "Someone"
            return made

        own: Callable[..., Any] | classmethod[Any, Any, Any]
        own = init if name == "__init__" else classmethod(from_db)
        monkeypatch.setattr(get_user_model(), name, own, raising=False)
        assert self.made_of("Dear {{ user.first_name }}") == 3
        assert texts() == ["Dear Someone"] * 3

    def test_a_column_is_shown_in_another_way(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            get_user_model(), "first_name", property(lambda user: "PAT", lambda user, value: None)
        )
        assert self.made_of("Dear {{ user.first_name }}") == 3
        assert texts() == ["Dear PAT"] * 3
