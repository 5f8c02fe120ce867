"""A row has one owner at a time; an owner who dies loses nothing, and order is kept."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.utils import timezone

from joinchat_django import conf
from joinchat_django.delivery import claims
from joinchat_django.delivery.due import FOLLOWERS
from joinchat_django.delivery.outcomes import Outcome, Settlement
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
        self, over_http: SandboxServer, settings: Any, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings.JOINCHAT_DELIVERY = {"DISPATCHER": "worker", "RETRY_UNCERTAIN": False}
        row = self.lose_a_claim()
        assert deliver_due() == {}
        row.refresh_from_db()
        assert row.status == Status.UNCERTAIN
        assert texts(over_http) == []
        assert "outcome=uncertain rows=1" in caplog.text

    def test_that_comes_back_settles_nothing_any_more(self, over_http: SandboxServer) -> None:
        queue()
        [stale] = claims.claim("default", limit=1, lease=60)
        OutboxMessage.objects.update(claim_token="somebody else's")
        assert not settle([Settlement(stale, Outcome(Status.FAILED))]).settlements
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


def claim(limit: int = 10, bot: str = "default") -> list[str]:
    """Claim rows, and return their texts."""
    return [row.message.to_dict()["text"] for row in claims.claim(bot, limit=limit, lease=60)]


def test_a_row_is_claimed_once() -> None:
    queue("a")
    queue("b", uuid="mei")
    assert claim() == ["a", "b"]
    assert claim() == []


class TestOnePersonsMessages:
    def test_are_claimed_together_up_to_a_bound(self) -> None:
        for number in range(FOLLOWERS + 5):
            queue(str(number))
        queue("another's", uuid="mei")
        assert claim(100) == ["0", "another's", *map(str, range(1, FOLLOWERS + 1))]
        assert claim(100) == []

    def test_fit_the_limit(self) -> None:
        for number in range(10):
            queue(str(number))
            queue(f"{number} of another", uuid="mei")
        assert len(claim(5)) == 5
        assert OutboxMessage.objects.filter(status=Status.SENDING).count() == 5

    def test_end_before_one_that_waits_to_be_tried_again(self) -> None:
        later = timezone.now() + datetime.timedelta(hours=1)
        for text in ("a", "b", "c", "d"):
            queue(text)
        OutboxMessage.objects.filter(content__contains='"c"').update(attempts=1, send_at=later)
        assert claim() == ["a", "b"]

    def test_pass_by_one_that_is_scheduled_for_later(self) -> None:
        queue("a")
        queue("b", send_at=timezone.now() + datetime.timedelta(hours=1))
        queue("c")
        assert claim() == ["a", "c"]

    def test_end_before_one_that_another_worker_is_sending(self) -> None:
        later = timezone.now() + datetime.timedelta(hours=1)
        first = queue("a", send_at=later)
        queue("b")
        queue("c", send_at=later)
        assert claim() == ["b"]
        OutboxMessage.objects.filter(pk=first.pk).update(send_at=timezone.now())
        queue("d")
        assert claim() == ["a"]  # d has to wait for b

    def test_of_two_bots_have_nothing_to_do_with_each_other(self, second_bot: None) -> None:
        queue("a")
        queue("b", bot="second")
        assert claim(bot="second") == ["b"]
        assert claim() == ["a"]


def test_rows_that_are_given_back_can_be_claimed_again_in_order() -> None:
    for text in ("a", "b", "c"):
        queue(text)
    claims.give_back(claims.claim("default", limit=10, lease=60))
    assert not OutboxMessage.objects.exclude(claim_token="").exists()
    assert claim() == ["a", "b", "c"]


def test_a_row_whose_claim_was_lost_cannot_be_given_back() -> None:
    queue()
    mine = claims.claim("default", limit=1, lease=60)
    OutboxMessage.objects.update(claim_token="somebody else's")
    claims.give_back(mine)
    assert OutboxMessage.objects.get().status == Status.SENDING
