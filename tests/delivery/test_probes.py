"""A probe that was not made is somebody else's, unless the pause has changed meanwhile."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.utils import timezone

from joinchat_django.delivery import pauses
from joinchat_django.delivery.pauses import Admission
from joinchat_django.models import BotState

from .rows import end_pauses

pytestmark = pytest.mark.django_db


class TestAProbeThatIsGivenBack:
    @pytest.fixture(autouse=True)
    def probe(self) -> None:
        pauses.pause("default", 600, "The secret is wrong.")
        end_pauses()
        assert pauses.admission("default", probe_seconds=60) is Admission.PROBE

    def still(self) -> float:
        until = BotState.objects.get().paused_until
        assert until
        return (until - timezone.now()).total_seconds()

    def test_is_somebody_elses_at_once(self) -> None:
        pauses.give_back_probe("default")
        assert pauses.admission("default", probe_seconds=60) is Admission.PROBE

    def test_does_not_shorten_what_another_call_was_told_to_wait(self) -> None:
        pauses.pause("default", 3600, "Too many requests.")
        pauses.give_back_probe("default")
        assert self.still() == pytest.approx(3600, abs=5)

    def test_does_not_shorten_a_new_pause(self) -> None:
        pauses.resume("default")
        pauses.pause("default", 30, "The secret is wrong again.")
        pauses.give_back_probe("default")
        assert self.still() == pytest.approx(30, abs=5)

    def test_is_given_back_at_the_next_try_if_the_first_was_rolled_back(self) -> None:
        with transaction.atomic():
            pauses.give_back_probe("default")
            transaction.set_rollback(True)
        pauses.give_back_probe("default")
        assert pauses.admission("default", probe_seconds=60) is Admission.PROBE
