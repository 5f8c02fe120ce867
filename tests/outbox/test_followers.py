"""What waits behind a message that failed waits no longer once one of the two is stopped."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.outbox import selections

Status = OutboxMessage.Status

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("left_to_a_worker")]

LATER = timezone.now() + datetime.timedelta(hours=2)


def put_off(*, failing: dict[str, Any], waiting: dict[str, Any]) -> list[OutboxMessage]:
    """Two messages to one person: one that failed and is to be tried again, and one behind it."""
    rows = [outbox.send(Recipient(uuid="lin"), Text(words)) for words in ("first", "second")]
    for row, values in zip(rows, (failing, waiting), strict=True):
        OutboxMessage.objects.filter(pk=row.pk).update(**values)
    return rows


@pytest.fixture
def pair() -> list[OutboxMessage]:
    # As delivery leaves them after an attempt that failed.
    rows = put_off(failing={"attempts": 3, "send_at": LATER}, waiting={"send_at": LATER})
    assert deliver_due() == {}
    return rows


def test_what_follows_a_cancelled_message_is_due(pair: list[OutboxMessage]) -> None:
    outbox.cancel(pair[0])
    assert deliver_due() == {Status.SENT: 1}


@pytest.mark.parametrize("order", ["pk", "-pk"])
def test_what_was_cancelled_with_it_is_due_when_it_is_tried_again(
    pair: list[OutboxMessage], order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selections, "PAGE", 1)
    assert outbox.cancel(OutboxMessage.objects.order_by(order)) == 2
    outbox.retry(pair[1])
    assert deliver_due() == {Status.SENT: 1}


def test_what_was_cancelled_before_it_is_due_when_it_is_tried_again(
    pair: list[OutboxMessage],
) -> None:
    outbox.cancel(pair[1])
    outbox.cancel(pair[0])
    outbox.retry(pair[1])
    assert deliver_due() == {Status.SENT: 1}


def test_what_is_tried_again_while_the_other_one_waits_still_does_not_overtake_it(
    pair: list[OutboxMessage],
) -> None:
    outbox.cancel(pair[1])
    outbox.retry(pair[1])
    assert deliver_due() == {}


def test_a_time_that_a_sender_has_chosen_stays() -> None:
    sooner = LATER - datetime.timedelta(hours=1)
    pair = put_off(failing={"attempts": 3, "send_at": LATER}, waiting={"send_at": sooner})
    outbox.cancel(pair[1])
    outbox.cancel(pair[0])
    outbox.retry(pair[1])
    assert deliver_due() == {}
