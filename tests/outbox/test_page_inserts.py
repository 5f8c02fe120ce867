"""Rows that are written together are those that ``bulk_create`` would have written."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django.api import InvalidMessage
from joinchat_django.models import MessageTemplate, OutboxMessage
from joinchat_django.outbox.page_inserts import columns_of, insert_together
from joinchat_django.outbox.rows import Body, build, build_like
from tests.outbox.people import people

pytestmark = pytest.mark.django_db

TEXT = '{"a":"Zoë \\" \\\\ \\n 💶 %s %% \' {} é"}'


def rows(number: int = 3, **values: Any) -> list[OutboxMessage]:
    given: dict[str, Any] = {
        "bot": "default",
        "tag": "",
        "delay": None,
        "template": None,
        "trigger": "",
        "group": "g",
        "requested_by": None,
        "send_at": timezone.now(),
        "expires_at": None,
        "user_id": None,
        **values,
    }
    keys = [given.pop("idempotency_key", None)] * number
    body = Body(TEXT, "text")
    return [
        build("email", f"{n} ' é", body, idempotency_key=key, **given) for n, key in enumerate(keys)
    ]


def stored() -> list[dict[str, Any]]:
    """All columns of all rows but their keys, in the order of those; the table is empty then."""
    found = list(OutboxMessage.objects.order_by("pk").values())
    OutboxMessage.objects.all().delete()
    return [{k: v for k, v in row.items() if k != "id"} for row in found]


def varied() -> list[OutboxMessage]:
    """Rows that differ in every column, as far as one may."""
    template = MessageTemplate.objects.create(slug="t", name="T", body={})
    found = rows(4, template=template, requested_by=people(1, name="staff")[0])
    moment = timezone.now()
    for n, (row, user) in enumerate(zip(found, [*people(3), None], strict=True)):
        row.user = user
        row.bot, row.status, row.recipient_kind = f"b{n}", OutboxMessage.Status.choices[n][0], "id"
        row.content, row.template_type = row.content * n, f"t{n}"
        row.tag, row.trigger, row.group, row.claim_token = "tag" * n, f"t{n}", f"g{n}", f"c{n}"
        row.delay = n or None
        row.last_status = row.delay
        row.template = template if n % 2 else None
        row.requested_by = None if n % 2 else row.requested_by
        row.idempotency_key = f"key{n}" if n else None
        row.created_at = row.send_at = moment + datetime.timedelta(days=n, microseconds=n)
        row.expires_at = row.settled_at = row.lease_until = row.created_at if n else None
        row.for_worker, row.attempts = bool(n % 2), n
        row.last_error, row.answer = f"e{n}", f"a{n}"
    return found


@pytest.mark.parametrize("make", [varied, rows, lambda: rows(1)], ids=["varied", "alike", "one"])
def test_every_column_arrives_as_bulk_create_stores_it(make: Any) -> None:
    made = make()
    insert_together(made, "default")
    quick = stored()
    OutboxMessage.objects.bulk_create(made)
    assert quick == stored()
    assert len(quick) == len(made)


def test_no_column_is_forgotten() -> None:
    columns = columns_of(rows(), connection)
    assert columns
    fields = set(OutboxMessage._meta.concrete_fields) - {OutboxMessage._meta.pk}
    assert {column.field for column in columns} == fields


def test_a_page_is_one_statement_and_its_keys_follow_its_order() -> None:
    with CaptureQueriesContext(connection) as captured:
        insert_together(rows(900), "default")
    assert len(captured) == 1
    in_order = OutboxMessage.objects.order_by("pk").values_list("recipient_value", flat=True)
    assert list(in_order) == [f"{n} ' é" for n in range(900)]


def test_a_value_that_the_database_computes_is_left_to_bulk_create() -> None:
    made = rows()
    made[1].group = Value("computed")  # type: ignore[assignment]
    assert columns_of(made, connection) is None
    insert_together(made, "default")
    assert [row["group"] for row in stored()] == ["g", "computed", "g"]
    alike = rows()
    for row in alike:
        row.group = made[1].group
    assert columns_of(alike, connection) is None


def test_an_object_that_was_never_saved_is_refused() -> None:
    made = rows(template=MessageTemplate(slug="t", name="T", body={}))
    with pytest.raises(ValueError, match="unsaved related object 'template'"):
        insert_together(made, "default")


def test_a_key_that_is_there_already_undoes_the_page() -> None:
    insert_together(rows(1, idempotency_key="k"), "default")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_together([*rows(2), *rows(1, idempotency_key="k")], "default")
    assert OutboxMessage.objects.count() == 1


@pytest.mark.parametrize("lengths", [(70, 70, 70), (1, 70, 2)], ids=["common", "differing"])
@pytest.mark.parametrize("name", ["bot", "tag", "template_type", "trigger", "group"])
def test_no_value_is_cut(name: str, lengths: tuple[int, ...]) -> None:
    """A value that a column is too short for raises what ``bulk_create`` raises, or is stored."""
    longest = OutboxMessage._meta.get_field(name).max_length
    made = rows()
    for row, length in zip(made, lengths, strict=True):
        setattr(row, name, "x" * (length + longest - 64))
    quick = outcome(lambda: insert_together(made, "default"))
    assert quick == outcome(lambda: OutboxMessage.objects.bulk_create(made))
    # SQLite has no limit; the others have to refuse.
    assert (quick is DataError) is (connection.vendor != "sqlite")


def outcome(write: Callable[[], object]) -> object:
    try:
        with transaction.atomic():
            write()
    except DataError as error:
        return type(error)
    return stored()


def test_a_row_like_another_is_one_that_was_built_alone() -> None:
    template = MessageTemplate.objects.create(slug="t", name="T", body={})
    [first] = rows(1, template=template)
    values = {f: getattr(first, f) for f in ("bot", "tag", "delay", "trigger", "group", "send_at")}
    body, user = Body("{}", "list"), people(1)[0]
    like = build_like(first, "id", "v", body, idempotency_key="k", user_id=user.pk)
    alone = build(
        "id",
        "v",
        body,
        idempotency_key="k",
        user_id=user.pk,
        template=template,
        requested_by=None,
        expires_at=None,
        **values,
    )
    alone.created_at = first.created_at
    names = [field.attname for field in OutboxMessage._meta.concrete_fields]
    assert [getattr(like, n) for n in names] == [getattr(alone, n) for n in names]
    assert (like.user, like.template, like._state is first._state) == (user, template, False)
    like.save()
    assert first.pk is None


@pytest.mark.parametrize(
    ("value", "key", "words"),
    [
        ("v" * 256, None, "recipient.id: must be at most 255 characters, found 256"),
        ("\0", "k", "recipient.id: must be text without NUL"),
        ("v", "k" * 256, "idempotency_key: must be at most 255 characters, found 256"),
    ],
)
def test_a_row_like_another_is_checked_like_it(value: str, key: str | None, words: str) -> None:
    [first] = rows(1)
    with pytest.raises(InvalidMessage, match=words):
        build_like(first, "id", value, Body("{}", "text"), idempotency_key=key, user_id=None)
