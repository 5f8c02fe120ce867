"""What is over is forgotten after a while, and what nobody has started after a day."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from joinchat_django import broadcasts
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import Broadcast, BroadcastChunk
from joinchat_django.retention import prune
from tests.outbox.people import linked_people

from .steps import User, drafted, started

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def age(days: float) -> None:
    then = timezone.now() - days * DAY
    Broadcast.objects.update(created_at=then)
    Broadcast.objects.filter(started_at__isnull=False).update(started_at=then)
    Broadcast.objects.filter(finished_at__isnull=False).update(finished_at=then)


def left() -> set[int]:
    return set(Broadcast.objects.values_list("pk", flat=True))


def test_broadcasts_that_ended_long_ago_go_with_their_members() -> None:
    linked_people(3)
    cancelled = started()
    broadcasts.cancel(cancelled)
    finished = started()
    deliver_due()
    age(29)
    prune(30 * DAY)
    assert left() == {cancelled.pk, finished.pk}
    age(31)
    assert prune(30 * DAY, dry_run=True) == 0
    assert left() == {cancelled.pk, finished.pk}
    assert prune(30 * DAY) == 0  # their messages are younger, and stay
    assert left() == set()
    assert not BroadcastChunk.objects.exists()


def test_one_that_runs_or_is_paused_stays_however_old() -> None:
    linked_people(3)
    running, paused = started(), started()
    broadcasts.pause(paused)
    age(3000)
    prune(DAY)
    assert left() == {running.pk, paused.pk}


def test_a_draft_that_nobody_starts_goes_after_a_day() -> None:
    draft = drafted(User.objects.none())
    age(0.9)
    prune(3000 * DAY)
    assert left() == {draft.pk}
    age(1.1)
    prune(3000 * DAY)
    assert left() == set()
