"""A row has one owner at a time; an owner who dies loses nothing, and order is kept."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django import conf
from joinchat_django.delivery import claims
from joinchat_django.delivery.outcomes import Outcome
from joinchat_django.delivery.settling import settle
from joinchat_django.delivery.sweep import deliver_due
from joinchat_django.models import OutboxMessage
from joinchat_django.sandbox.server import SandboxServer

from .rows import Status, make_due, queue, texts

pytestmark = pytest.mark.django_db


class TestADeadWorker:
    def lose_a_claim(self) -> OutboxMessage:
        row = queue()
        claims.claim("default", limit=1, lease=60)
        past = timezone.now() - datetime.timedelta(seconds=1)
        OutboxMessage.objects.update(lease_until=past)
        return row

    def test_loses_nothing(self, over_http: SandboxServer) -> None:
        self.lose_a_claim()
        assert deliver_due() == {Status.SENT: 1}

    def test_leaves_doubt_to_a_person_where_the_site_wants_no_message_twice(
        self, over_http: SandboxServer, settings: Any
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RETRY_UNCERTAIN": False}
        row = self.lose_a_claim()
        assert deliver_due() == {}
        row.refresh_from_db()
        assert row.status == Status.UNCERTAIN
        assert texts(over_http) == []

    def test_that_comes_back_settles_nothing_any_more(self, over_http: SandboxServer) -> None:
        queue()
        [stale] = claims.claim("default", limit=1, lease=60)
        OutboxMessage.objects.update(claim_token="somebody else's")
        assert not settle(stale, Outcome(Status.FAILED))
        assert OutboxMessage.objects.get().status == Status.SENDING

    def test_counts_as_an_attempt_so_that_no_message_kills_workers_for_ever(
        self, over_http: SandboxServer, settings: Any
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "MAX_ATTEMPTS": 2}
        row = self.lose_a_claim()
        claims.recover("default", conf.delivery())
        claims.claim("default", limit=1, lease=60)
        OutboxMessage.objects.update(lease_until=timezone.now())
        assert deliver_due() == {}
        row.refresh_from_db()
        assert (row.status, row.attempts) == (Status.UNCERTAIN, 2)


class TestAScheduledMessage:
    def test_holds_up_no_later_one_to_the_same_person(self, over_http: SandboxServer) -> None:
        queue("in a week", send_at=timezone.now() + datetime.timedelta(days=7))
        queue("now")
        assert deliver_due() == {Status.SENT: 1}
        assert texts(over_http) == ["now"]

    def test_keeps_its_place_once_it_is_due(self, over_http: SandboxServer) -> None:
        queue("first", send_at=timezone.now() + datetime.timedelta(days=7))
        queue("second")
        make_due()
        deliver_due()
        assert texts(over_http) == ["first", "second"]


def test_a_row_is_claimed_once() -> None:
    queue()
    queue("second")  # behind the first one, which is open
    queue(uuid="mei")
    first = claims.claim("default", limit=10, lease=60)
    assert [row.recipient_value for row in first] == ["lin", "mei"]
    assert claims.claim("default", limit=10, lease=60) == []
