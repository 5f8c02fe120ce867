"""A message goes out with the transaction that queued it, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.db import transaction

from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer

from .rows import Status, queue, texts
from .workers import Sink, Site

CRASH = """
import os
from django.db import transaction
from tests.delivery.rows import queue

with transaction.atomic():
    transaction.on_commit(lambda: os._exit(0))  # first of all, before delivery is woken
    queue("committed")
"""


@pytest.mark.django_db
def test_a_rolled_back_transaction_sends_nothing(over_http: SandboxServer) -> None:
    with transaction.atomic():
        queue()
        transaction.set_rollback(True)
    assert deliver_due() == {}
    assert not OutboxMessage.objects.exists()
    assert texts(over_http) == []


@pytest.mark.django_db
def test_a_rolled_back_savepoint_takes_its_own_messages_along(
    over_http: SandboxServer,
) -> None:
    with transaction.atomic():
        queue("kept")
        with transaction.atomic():
            queue("taken back")
            transaction.set_rollback(True)
    assert deliver_due() == {Status.SENT: 1}
    assert texts(over_http) == ["kept"]


@pytest.mark.processes
def test_a_crash_after_the_commit_and_before_the_wake_up_loses_nothing(tmp_path: Path) -> None:
    with Sink() as sink:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "site.sqlite3")}
        site = Site(sink.url, {"DISPATCHER": "inline"}, database)
        site.manage("migrate", "--verbosity=0")
        site.manage("shell", "-c", CRASH)
        assert sink.arrived == []
        site.manage("joinchat_worker", "--once")
    assert sink.arrived == [("lin", "committed")]
