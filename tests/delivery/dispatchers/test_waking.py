"""A dispatcher is woken once a transaction, and one that fails loses nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import OutboxMessage

from .examples import Counting, use

Status = OutboxMessage.Status
ME = Recipient(uuid="me")


@pytest.mark.django_db(transaction=True)
def test_a_sites_own_dispatcher_is_woken_once_a_transaction(settings: Any) -> None:
    use(settings, "Counting")
    Counting.woken = 0
    with transaction.atomic():
        outbox.send(ME, Text("a"))
        outbox.send(ME, Text("b"))
        assert Counting.woken == 0
    assert Counting.woken == 1


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_that_fails_loses_nothing(settings: Any) -> None:
    use(settings, "Broken")
    row = outbox.send(ME, Text("a"))
    assert row.status == Status.QUEUED
    use(settings, "inline")
    outbox.send(ME, Text("b"))
    row.refresh_from_db()
    assert row.status == Status.SENT


@pytest.mark.django_db
def test_each_block_of_a_test_that_runs_callbacks_itself_wakes_delivery(
    django_capture_on_commit_callbacks: Any, delivered: list[Delivered]
) -> None:
    for number in range(1, 3):
        with django_capture_on_commit_callbacks(execute=True):
            outbox.send(ME, Text("Hello"))
        assert len(delivered) == number
