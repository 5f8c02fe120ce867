"""An erasure while a worker sends, and while another erasure runs."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent import futures
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from joinchat_django.data_requests import Erasure, erase, open_transactions
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import MessengerLink, OutboxMessage
from tests.delivery.workers import Sink, site_of, stop
from tests.servers import Connection, Request
from tests.side_by_side import begin, meanwhile, together
from tests.waiting import PATIENCE, wait_until

from .rows import Status, left, put

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A server that takes messages, for the site's bot."""
    with Sink() as sink:
        settings.JOINCHAT = {"default": sink.bot}
        yield sink


def test_a_message_that_is_in_a_workers_hands_is_settled_and_then_goes(
    lin: Any, mei: Any, sink: Sink
) -> None:
    key = put(lin, "for lin", status=Status.QUEUED)
    kept = put(mei, "for mei", status=Status.QUEUED)
    erased: list[Erasure] = []

    def take(request: Request, connection: Connection) -> None:
        """Let somebody erase while the call for a message lasts."""
        if b"for lin" in request.body:
            erased.append(meanwhile(lambda: erase(lin)))
        sink.take(request, connection)

    sink.answer = take
    assert deliver_due() == {Status.SENT: 2}
    assert erased == [Erasure(links=1, being_sent=(key,))]
    row = OutboxMessage.objects.get(pk=key)
    assert (row.status, row.content) == (Status.SENT, "")
    assert erase(lin) == Erasure(messages=1)
    assert left() == [kept]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="Has one writer at a time.")
def test_what_is_queued_in_a_transaction_that_is_still_open_goes_too(lin: Any) -> None:
    with transaction.atomic():
        put(lin, status=Status.QUEUED)
        begun = begin(lambda: erase(lin))
        wait_until(lambda: not MessengerLink.objects.filter(is_active=True).exists())
        # One that does not wait is done by now.
        futures.wait([begun], timeout=0.4)
    assert begun.result(PATIENCE) == Erasure(links=1, messages=1)
    assert left() == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Others have a limit of their own.")
def test_a_transaction_that_does_not_end_is_not_waited_for_for_ever(
    lin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_transactions, "PATIENCE", 0)
    with transaction.atomic():
        key = put(lin, status=Status.QUEUED)
        with pytest.raises(CommandError, match="Run it again when that transaction has ended"):
            meanwhile(lambda: call_command("joinchat_data", "erase", "lin", "--no-input"))
    assert left() == [key]
    assert erase(lin) == Erasure(links=1, messages=1)


@pytest.mark.thorough
def test_workers_go_on_while_many_messages_are_erased(sink: Sink) -> None:
    """Nothing of anybody else is lost, and nothing of theirs is left, whoever is quicker."""
    site = site_of(sink, delivery={"CONCURRENCY": 4})
    users = get_user_model().objects
    lin, mei = users.create_user("lin"), users.create_user("mei")
    for user in (lin, mei):
        MessengerLink.objects.create(user=user, uuid="shared")
        for number in range(150):
            put(user, f"{user} {number}", status=Status.QUEUED)

    def all_settled() -> bool:
        return not OutboxMessage.objects.filter(status__in=[Status.QUEUED, Status.SENDING]).exists()

    with site.workers(2) as workers:
        wait_until(lambda: len(sink.arrived) >= 5)
        erased = together(*[lambda: erase(lin, chunk=7)] * 2)
        wait_until(all_settled)
        for worker in workers:
            stop(worker)
    assert all(isinstance(one, Erasure) for one in erased), erased
    erase(lin)
    assert not OutboxMessage.objects.filter(user=lin).exists()
    assert not MessengerLink.objects.filter(user=lin).exists()
    assert OutboxMessage.objects.filter(user=mei, status=Status.SENT).count() == 150
    of_mei = [text for _uuid, text in sink.arrived if text.startswith("mei")]
    assert sorted(of_mei) == sorted(f"mei {number}" for number in range(150))
    # And in the order in which they were queued.
    assert of_mei == [f"mei {number}" for number in range(150)]
