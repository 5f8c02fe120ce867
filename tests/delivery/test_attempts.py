"""Each attempt that did not deliver is kept, and one that did costs nothing."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from joinchat_django import conf
from joinchat_django.api import (
    DeliveryUncertain,
    JoinChatError,
    Rejected,
    SendResult,
    ServiceUnavailable,
    Unauthorized,
)
from joinchat_django.delivery import claims, outcomes
from joinchat_django.delivery.claims import claim
from joinchat_django.delivery.clock import DatabaseNow
from joinchat_django.delivery.outcomes import Settlement
from joinchat_django.delivery.settling import settle
from joinchat_django.models import DeliveryAttempt, OutboxMessage

from .rows import Status, end_leases, make_due, queue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]


def failing(error: JoinChatError) -> Settlement:
    """A claimed row whose call came to an error."""
    [row] = claim("default", limit=1, lease=60)
    return Settlement(row, outcomes.failed(error, row.attempts + 1, conf.delivery()))


def logged() -> list[tuple[int, str, int | None, str, str]]:
    return list(
        DeliveryAttempt.objects.order_by("pk").values_list(
            "number", "outcome", "http_status", "error", "answer"
        )
    )


def test_every_failed_attempt_is_kept_with_its_answer_until_the_one_that_delivers() -> None:
    row = queue()
    settle([failing(ServiceUnavailable("Busy.", status=503, answer="later"))])
    make_due()
    settle([failing(Rejected("No.", status=400, answer='{"error": 1}'))])
    assert logged() == [
        (1, Status.QUEUED, 503, "Busy.", "later"),
        (2, Status.FAILED, 400, "No.", '{"error": 1}'),
    ]
    assert set(DeliveryAttempt.objects.values_list("message", flat=True)) == {row.pk}


def test_one_that_spends_no_attempt_is_kept_with_the_number_unchanged() -> None:
    queue()
    settle([failing(Unauthorized("Who are you?", status=401))])
    assert logged() == [(0, Status.QUEUED, 401, "Who are you?", "")]


def test_one_that_ends_in_doubt_is_kept(settings: Any) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RETRY_UNCERTAIN": False}
    queue()
    settle([failing(DeliveryUncertain("No answer."))])
    assert [row[:2] for row in logged()] == [(1, Status.UNCERTAIN)]


@pytest.mark.parametrize(
    ("error", "in_doubt"),
    [
        (DeliveryUncertain("No answer."), True),
        (ServiceUnavailable("Busy.", status=503), False),
        (Rejected("No.", status=400), False),
    ],
)
def test_one_that_may_have_delivered_says_so(error: JoinChatError, in_doubt: bool) -> None:
    queue()
    settle([failing(error)])
    assert DeliveryAttempt.objects.get().in_doubt == in_doubt


class TestABotThatIsNotLetIn:
    """Its messages are tried again for as long as nobody mends it, and spend no attempt."""

    @staticmethod
    def refuse(*words: str, status: int = 401) -> None:
        for each in words:
            settle([failing(Unauthorized(each, status=status))])
            make_due()

    def test_is_logged_once_for_each_message(self) -> None:
        queue()
        self.refuse("Who are you?", "Who are you?", "Who are you?")
        assert logged() == [(0, Status.QUEUED, 401, "Who are you?", "")]

    def test_is_logged_again_when_something_changes(self) -> None:
        queue()
        self.refuse("Who are you?", "Go away.", "Who are you?", "Who are you?")
        self.refuse("Who are you?", status=403)
        assert [row[2:4] for row in logged()] == [
            (401, "Who are you?"),
            (401, "Go away."),
            (401, "Who are you?"),
            (403, "Who are you?"),
        ]

    def test_is_logged_again_after_an_attempt_that_counts(self) -> None:
        queue()
        self.refuse("Who are you?")
        settle([failing(ServiceUnavailable("Busy.", status=503))])
        make_due()
        self.refuse("Who are you?", "Who are you?")
        assert [row[:3:2] for row in logged()] == [(0, 401), (1, 503), (1, 401)]

    def test_is_found_out_in_one_query_for_a_group(self) -> None:
        error = Unauthorized("Who are you?", status=401)
        with CaptureQueriesContext(connection) as asked:
            statements_to_settle(*[error] * 20)
        about = [q["sql"] for q in asked if "deliveryattempt" in q["sql"]]
        assert [sql.split()[0] for sql in about] == ["SELECT", "INSERT"]


def test_neither_a_message_that_was_sent_nor_one_that_came_too_late_is_in_the_log() -> None:
    queue()
    queue(uuid="mei")
    sent, late = claim("default", limit=2, lease=60)
    accepted = outcomes.accepted(SendResult(status=200, answer="{}"))
    settle([Settlement(sent, accepted), Settlement(late, outcomes.expired())])
    assert logged() == []


def test_the_errors_stay_where_the_site_forgets_content(settings: Any) -> None:
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "KEEP_CONTENT": False}
    queue()
    settle([failing(ServiceUnavailable("Busy.", status=503, answer="later"))])
    make_due()
    [row] = claim("default", limit=1, lease=60)
    settle([Settlement(row, outcomes.accepted(SendResult(status=200, answer="{}")))])
    row.refresh_from_db()
    assert (row.status, row.content) == (Status.SENT, "")
    assert logged() == [(1, Status.QUEUED, 503, "Busy.", "later")]


def test_the_time_is_the_databases(monkeypatch: pytest.MonkeyPatch) -> None:
    queue()
    settlement = failing(Rejected("No.", status=400))
    now = timezone.now()
    if connection.vendor != "sqlite":  # which runs in this process and has its clock
        monkeypatch.setattr(timezone, "now", lambda: now + datetime.timedelta(days=300))
    settle([settlement])
    assert DeliveryAttempt.objects.filter(made_at__lte=DatabaseNow()).exists()
    assert DeliveryAttempt.objects.get().made_at < now + datetime.timedelta(minutes=5)


def test_a_stale_settle_logs_nothing() -> None:
    queue()
    settlement = failing(Rejected("No.", status=400))
    OutboxMessage.objects.update(claim_token="somebody else's")
    assert not settle([settlement]).settlements
    assert logged() == []


def test_settling_twice_logs_once() -> None:
    queue()
    settlement = failing(Rejected("No.", status=400))
    settle([settlement])
    settle([settlement])
    assert len(logged()) == 1


def statements_to_settle(*errors: JoinChatError | None) -> list[str]:
    """Settle a row for each error, or none; return the statements that write."""
    for number in range(len(errors)):
        queue(uuid=f"{number}")
    group = []
    for row, error in zip(claim("default", limit=len(errors), lease=60), errors, strict=True):
        outcome = outcomes.accepted(SendResult(status=200, answer="{}"))
        if error:
            outcome = outcomes.failed(error, 1, conf.delivery())
        group.append(Settlement(row, outcome))
    with CaptureQueriesContext(connection) as asked:
        settle(group)
    verbs = [query["sql"].split()[0] for query in asked]
    return [verb for verb in verbs if verb in ("INSERT", "UPDATE")]


def test_a_group_that_was_sent_writes_no_more_than_its_rows() -> None:
    assert statements_to_settle(*[None] * 20) == ["UPDATE"]


def test_the_failures_of_a_group_take_one_statement() -> None:
    error = Rejected("No.", status=400)
    assert statements_to_settle(*[error] * 20, None) == ["UPDATE", "UPDATE", "INSERT"]


class TestADeadWorkersRows:
    @pytest.fixture
    def abandoned(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Rows of a worker that died; one has one attempt left, one has two."""
        monkeypatch.setattr(claims, "RECOVERED_TOGETHER", 2)
        keys = [queue(uuid=f"{number}").pk for number in range(5)]
        assert len(claim("default", limit=5, lease=60)) == 5
        end_leases()
        most = conf.delivery().max_attempts - 1
        OutboxMessage.objects.filter(pk=keys[2]).update(attempts=most)
        OutboxMessage.objects.filter(pk=keys[3]).update(attempts=most - 1)
        return keys

    def test_are_freed_and_logged_each_with_what_it_came_to(self, abandoned: list[int]) -> None:
        claims.recover("default", conf.delivery())
        rows = list(OutboxMessage.objects.order_by("pk"))
        ends = [Status.QUEUED, Status.QUEUED, Status.UNCERTAIN, Status.QUEUED, Status.QUEUED]
        assert [row.status for row in rows] == ends
        most = conf.delivery().max_attempts
        assert [row.attempts for row in rows] == [1, 1, most, most - 1, 1]
        assert {(row.claim_token, row.lease_until) for row in rows} == {("", None)}
        assert [row.settled_at is not None for row in rows] == [s == "uncertain" for s in ends]
        log = DeliveryAttempt.objects.order_by("message")
        assert [(one.message_id, one.number, one.outcome) for one in log] == [
            (row.pk, row.attempts, row.status) for row in rows
        ]
        assert {one.error for one in log} == {row.last_error for row in rows}
        assert "died" in log[0].error
        assert all(one.in_doubt for one in log)

    def test_are_freed_once(self, abandoned: list[int]) -> None:
        claims.recover("default", conf.delivery())
        claims.recover("default", conf.delivery())
        assert len(logged()) == 5
