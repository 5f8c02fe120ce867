"""Databases that fail while a page is written: nothing twice, nothing hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, transaction

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.models import OutboxMessage
from joinchat_django.outbox import BulkResult
from tests.outbox.people import linked_people, reached, uuids

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("left_to_a_worker", "small_pages"),
]

HELLO = Text("Hello")
CROWD = [Recipient(uuid=str(n)) for n in range(5)]

#: Statements that end as the database itself would end one.
RAISE = {
    "postgresql": "DO $$ BEGIN RAISE EXCEPTION 'told to' USING ERRCODE = '{}'; END $$",
    "mysql": "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = {}, MESSAGE_TEXT = 'told to'",
}


class FirstInsert:
    """Runs other statements in place of the first insertion."""

    def __init__(self, *statements: str) -> None:
        self.statements = statements

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith("INSERT") and self.statements:
            statements, self.statements = self.statements, ()
            for statement in statements:
                execute(statement, None, False, context)
        return execute(sql, params, many, context)


def raising(codes: dict[str, str]) -> str:
    if connection.vendor not in codes:
        pytest.skip("This database has no such error.")
    return RAISE[connection.vendor].format(codes[connection.vendor])


@pytest.fixture
def copied() -> list[str]:
    """Five users, whose rows the database makes two at a time; the recipients."""
    return uuids(linked_people(5))


def everybody() -> Any:
    return get_user_model().objects.all()


UNDONE = pytest.mark.parametrize(
    "codes",
    [
        pytest.param({"postgresql": "40P01", "mysql": "1213"}, id="deadlock"),
        pytest.param({"postgresql": "40001"}, id="serialisation failure"),
        pytest.param({"mysql": "1205"}, id="lock wait timeout"),
    ],
)


@UNDONE
def test_what_was_rolled_back_is_inserted_anew(codes: dict[str, str]) -> None:
    with connection.execute_wrapper(FirstInsert(raising(codes))):
        assert outbox.send_bulk(CROWD, HELLO) == BulkResult(queued=5)
    assert reached() == ["0", "1", "2", "3", "4"]


@UNDONE
def test_a_copy_that_was_rolled_back_is_made_row_by_row(
    codes: dict[str, str], copied: list[str]
) -> None:
    with connection.execute_wrapper(FirstInsert(raising(codes))):
        assert outbox.send_bulk(everybody(), HELLO) == BulkResult(queued=5)
    assert reached() == copied


@pytest.mark.parametrize("is_copied", [True, False])
def test_a_page_that_takes_too_long_for_postgresql_is_written_row_by_row(
    is_copied: bool, copied: list[str]
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("The others have no statement_timeout.")
    audience = everybody() if is_copied else list(everybody())
    slow = FirstInsert("SET LOCAL statement_timeout = 50", "SELECT pg_sleep(60)")
    with connection.execute_wrapper(slow):
        assert outbox.send_bulk(audience, HELLO) == BulkResult(queued=5)
    assert reached() == copied


def test_any_other_trouble_is_raised_where_rows_have_no_keys() -> None:
    trouble = FirstInsert(raising({"postgresql": "57P01", "mysql": "1040"}))
    with connection.execute_wrapper(trouble), pytest.raises(OperationalError, match="told to"):
        outbox.send_bulk(CROWD, HELLO)
    assert not OutboxMessage.objects.exists()


@pytest.fixture
def first_answer_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection that breaks when the server has carried out a commit."""
    commit = connection.commit
    lost: list[bool] = []

    def losing() -> None:
        commit()
        if not lost:
            lost.append(True)
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(connection, "commit", losing)


def test_a_page_that_may_be_there_is_not_inserted_again(first_answer_lost: None) -> None:
    with pytest.raises(OperationalError, match="unexpectedly"):
        outbox.send_bulk(CROWD, HELLO)
    assert reached() == ["0", "1", "2"]


def test_with_keys_a_page_that_may_be_there_is_looked_for(first_answer_lost: None) -> None:
    result = outbox.send_bulk(CROWD, HELLO, idempotency_key="k")
    assert result == BulkResult(queued=2, already_queued=3)
    assert reached() == ["0", "1", "2", "3", "4"]


def test_a_copy_that_may_be_there_is_not_made_again(
    copied: list[str], first_answer_lost: None
) -> None:
    with pytest.raises(OperationalError, match="unexpectedly"):
        outbox.send_bulk(everybody(), HELLO)
    assert len(reached()) == 2


def test_with_keys_a_copy_that_may_be_there_is_looked_for(
    copied: list[str], first_answer_lost: None
) -> None:
    result = outbox.send_bulk(everybody(), HELLO, idempotency_key="k")
    assert result == BulkResult(queued=3, already_queued=2)
    assert reached() == copied


@pytest.mark.parametrize("key", [None, "k"])
@pytest.mark.parametrize("is_copied", [True, False])
def test_in_a_transaction_that_is_lost_the_error_is_the_databases_own(
    is_copied: bool, key: str | None, copied: list[str]
) -> None:
    if connection.vendor == "postgresql":
        trouble = FirstInsert("SELECT pg_terminate_backend(pg_backend_pid())")
    elif connection.vendor == "sqlite":
        trouble = FirstInsert("ROLLBACK", "SELECT told_to")
    else:  # MariaDB rolls back all of a transaction that loses a deadlock, with its savepoints.
        trouble = FirstInsert("ROLLBACK", raising({"mysql": "1213"}))
    with (
        connection.execute_wrapper(trouble),
        pytest.raises(OperationalError, match=r"told.to|terminat"),
        transaction.atomic(),
    ):
        outbox.send_bulk(everybody() if is_copied else CROWD, HELLO, idempotency_key=key)
    assert not OutboxMessage.objects.exists()
