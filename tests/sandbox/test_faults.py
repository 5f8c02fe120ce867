"""Faults on demand: what a fault is, and which answers suffer from it."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest

from joinchat_django.sandbox import faults
from joinchat_django.sandbox.faults import KINDS, SPOILING, Fault, Faults


class TestAFault:
    @pytest.mark.parametrize(
        ("status", "kind"),
        [(401, "unauthorized"), (429, "too_many"), (500, "server_error"), (599, "server_error")],
    )
    def test_may_be_named_by_its_status(self, status: int, kind: str) -> None:
        assert Fault.of(status) == Fault(kind, status=status)
        assert Fault.of(status).refusal == status

    @pytest.mark.parametrize("kind", KINDS)
    def test_is_named_by_its_kind(self, kind: str) -> None:
        fault = Fault.of(kind)
        assert (fault.refusal is None) is (kind in SPOILING)
        assert "answer" in str(fault)

    @pytest.mark.parametrize(
        ("kind", "options", "words"),
        [
            ("no-such", {}, "kind: must be one of unauthorized, too_many, server_error, slow"),
            (404, {}, "status: must be 401, 429 or 500 to 599, found 404"),
            (600, {}, "status: must be"),
            (None, {}, "status: must be"),
            ("server_error", {"status": 429}, "status: must be 500 to 599 with server_error"),
            ("too_many", {"status": 429.0}, "status: must be 429 with too_many, found 429.0"),
            ("slow", {"status": 200}, "status: not with slow"),
            ("cut", {"times": 0}, "times: must be a whole number, 1 to 1000000, found 0"),
            ("cut", {"times": True}, "times: must be a whole number"),
            ("cut", {"times": 1.5}, "times: must be a whole number"),
            ("cut", {"share": 0}, "share: must be a number, more than 0 and at most 1, found 0"),
            ("cut", {"share": 1.01}, "share: must be"),
            ("cut", {"share": float("nan")}, "share: must be"),
            ("cut", {"seconds": -1}, "seconds: must be a number, more than 0 and at most 86400"),
            ("cut", {"seconds": "5"}, "seconds: must be a number"),
            ("cut", {"seconds": 10**400}, "seconds: must be a number"),
            ("slow", {"latency": 601}, "latency: must be a number, more than 0 and at most 600"),
            ("drip", {"latency": 1}, "latency: only with slow"),
            (429, {"retry_after": -1}, "retry_after: must be a whole number, 0 to 999999999"),
            (401, {"retry_after": 1}, "retry_after: only with too_many or server_error"),
            ("cut", {"times": 0, "share": 2}, "; share: must be"),
        ],
    )
    def test_that_makes_no_sense_is_an_error_that_says_why(
        self, kind: Any, options: dict[str, Any], words: str
    ) -> None:
        with pytest.raises(ValueError, match=re.escape(words)):
            Fault.of(kind, **options)


def taken(found: Faults, answers: int) -> list[str]:
    """Return what that many answers suffer from."""
    return [fault.kind if fault else "" for fault in (found.take() for _ in range(answers))]


class TestWhichAnswers:
    def test_none_suffer_unless_asked_for(self) -> None:
        assert Faults().take() is None

    def test_the_next_one_alone_if_nothing_else_is_said(self) -> None:
        found = Faults()
        found.add(Fault("cut"))
        assert taken(found, 2) == ["cut", ""]

    def test_the_next_few_and_then_those_of_the_next_fault(self) -> None:
        found = Faults()
        found.add(Fault("cut", times=2))
        found.add(Fault("slow"))
        assert taken(found, 4) == ["cut", "cut", "slow", ""]

    def test_a_share_of_them_where_shares_add_up(self) -> None:
        found = Faults(iter([0.0, 0.19, 0.2, 0.49, 0.5, 0.99]).__next__)
        found.add(Fault("cut", share=0.2))
        found.add(Fault("drip", share=0.3))
        assert taken(found, 6) == ["cut", "cut", "drip", "drip", "", ""]

    def test_about_that_share_by_chance(self) -> None:
        found = Faults()
        found.add(Fault("cut", share=0.25))
        assert 150 < taken(found, 1000).count("cut") < 350

    def test_all_for_some_seconds(self) -> None:
        found = Faults()
        found.add(Fault("cut", seconds=60))
        assert taken(found, 20) == ["cut"] * 20
        assert found.clear() == 1
        found.add(Fault("cut", seconds=0.01))
        time.sleep(0.02)
        assert taken(found, 1) == [""]
        assert found.active() == []

    def test_no_more_than_each_limit_allows(self) -> None:
        found = Faults(iter([0.9, 0.1, 0.1, 0.1]).__next__)
        found.add(Fault("cut", share=0.5, times=2, seconds=60))
        assert taken(found, 4) == ["", "cut", "cut", ""]

    def test_none_any_more_once_all_are_cleared(self) -> None:
        found = Faults()
        found.add(Fault("cut", share=1))
        found.add(Fault("slow", times=5))
        assert found.clear() == 2
        assert found.take() is None

    def test_exactly_so_many_where_several_threads_answer(self) -> None:
        found = Faults()
        found.add(Fault("cut", times=500))
        all_taken: list[str] = []
        threads = [
            threading.Thread(target=lambda: all_taken.extend(taken(found, 200))) for _ in range(5)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all_taken.count("cut") == 500

    def test_what_is_left_of_each_can_be_seen(self) -> None:
        found = Faults()
        found.add(Fault("cut", times=3))
        found.add(Fault("slow", seconds=60))
        found.take()
        first, second = found.active()
        assert (first.fault.kind, first.times_left, first.seconds_left) == ("cut", 2, None)
        assert (second.fault.kind, second.times_left) == ("slow", None)
        assert second.seconds_left is not None
        assert 0 < second.seconds_left <= 60

    def test_there_is_a_bound_to_how_many_faults_are_in_force(self) -> None:
        found = Faults()
        for _ in range(faults.MAX_FAULTS):
            found.add(Fault("cut"))
        with pytest.raises(ValueError, match="At most 100 faults"):
            found.add(Fault("cut"))
