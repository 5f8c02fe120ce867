"""What a trigger's last error said may quote anything, and is not kept for ever."""

from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from joinchat_django.models import TriggerState
from joinchat_django.retention import prune

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


class TestWhatATriggersErrorSaid:
    @pytest.fixture(autouse=True)
    def failed(self) -> None:
        for name, days in (("old", 31), ("young", 29)):
            failed_at = timezone.now() - DAY * days
            TriggerState.objects.create(
                name=name, failed=3, last_failed_at=failed_at, last_error="No order of Lin's."
            )

    def said(self) -> dict[str, str]:
        return dict(TriggerState.objects.values_list("name", "last_error"))

    def test_is_forgotten_like_messages_and_the_count_stays(self) -> None:
        assert prune(30 * DAY) == 0
        assert self.said() == {"old": "", "young": "No order of Lin's."}
        assert TriggerState.objects.get(name="old").failed == 3
        assert TriggerState.objects.get(name="old").last_failed_at

    def test_stays_in_a_dry_run(self) -> None:
        prune(30 * DAY, dry_run=True)
        assert self.said()["old"] == "No order of Lin's."
