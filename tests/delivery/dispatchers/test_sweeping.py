"""What a queue's task does, whatever the queue."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from joinchat_django.backends.locmem import Delivered
from joinchat_django.delivery import claims
from joinchat_django.delivery.dispatchers import NAMES, Dispatcher, sweeping
from joinchat_django.delivery.dispatchers.sweeping import sweep_alone, sweep_as_task
from joinchat_django.models import OutboxMessage
from joinchat_django.signals import message_sent
from tests.delivery.rows import queue
from tests.receiving import receiving
from tests.servers import PATIENCE, Connection, LoopbackServer, Request

from .examples import Counting, use

pytestmark = pytest.mark.django_db(transaction=True)

Status = OutboxMessage.Status


@pytest.fixture(autouse=True)
def _counting(settings: Any) -> None:
    Counting.woken = 0


def test_a_task_delivers_all_that_is_due(settings: Any, delivered: list[Delivered]) -> None:
    use(settings, "worker")
    for number in range(30):
        queue(str(number))
    use(settings, "Counting")
    sweep_as_task()
    assert len(delivered) == 30
    assert Counting.woken == 0


class Clock:
    """Stands still until it is put forward, and tells when that has been noticed."""

    def __init__(self) -> None:
        self.now = 0.0
        self.noticed = threading.Event()

    def monotonic(self) -> float:
        if self.now:
            self.noticed.set()
        return self.now


def test_a_task_whose_time_is_over_finishes_its_call_and_leaves_the_rest_to_another(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(sweeping, "time", clock)

    def answer(request: Request, connection: Connection) -> None:
        clock.now = sweeping.SWEEP_SECONDS
        if not clock.noticed.wait(PATIENCE):
            clock.noticed.set()
        connection.reply("{}")

    with LoopbackServer(answer) as server:
        settings.JOINCHAT = {"default": server.bot}
        use(settings, "worker")
        for number in range(50):
            queue(str(number))
        use(settings, "Counting")
        sweep_as_task()
        made = len(server.requests)
    assert 1 <= made < 50
    assert OutboxMessage.objects.filter(status=Status.SENT, attempts=1).count() == made
    assert OutboxMessage.objects.filter(status=Status.QUEUED, attempts=0).count() == 50 - made
    assert Counting.woken == 1


class TestWhileOthersAreAtWork:
    """Each commit wakes a task, and a backlog may last for hours."""

    @pytest.fixture(autouse=True)
    def _others(self, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        clock = Clock()
        monkeypatch.setattr(sweeping, "time", clock)

        def time_passes(**kwargs: Any) -> None:
            clock.now = max(clock.now, self.passes)

        use(settings, "worker")
        queue("held by somebody", uuid="mei")
        claims.claim("default", limit=1, lease=60)
        for number in range(5):
            queue(str(number))
        use(settings, "Counting")
        with receiving(message_sent, time_passes):
            yield

    passes = sweeping.HELP_SECONDS

    def test_a_task_helps_for_a_moment_and_leaves_the_rest_to_them(
        self, delivered: list[Delivered]
    ) -> None:
        sweep_as_task()
        assert delivered
        assert Counting.woken == 0

    def test_the_last_of_several_helpers_has_another_task_go_on(
        self, delivered: list[Delivered]
    ) -> None:
        def others_end(**kwargs: Any) -> None:
            claims.give_back(OutboxMessage.objects.filter(recipient_value="mei"))

        with receiving(message_sent, others_end):
            sweep_as_task()
        assert Counting.woken == 1

    def test_the_one_that_goes_on_has_its_whole_time_and_is_gone_on_from(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sweep_as_task(goes_on=True)
        assert Counting.woken == 0  # It was done before its time was over.
        monkeypatch.setattr(type(self), "passes", 2 * sweeping.SWEEP_SECONDS)
        queue("one more")
        sweep_as_task(goes_on=True)
        assert Counting.woken == 2  # By the commit, and to go on.

    def test_a_task_takes_its_whole_time_once_they_are_dead(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(type(self), "passes", 2 * sweeping.SWEEP_SECONDS)
        past = timezone.now() - datetime.timedelta(seconds=1)
        OutboxMessage.objects.filter(status=Status.SENDING).update(lease_until=past)
        sweep_as_task()
        assert Counting.woken == 1


def test_a_message_that_a_receiver_queues_at_the_end_has_a_task_of_its_own(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(sweeping, "time", clock)

    class AtOnce(Dispatcher):
        """A queue that is worked off at once, but not within its own task."""

        tasks = 0

        def wake(self) -> None:
            sweep_alone(self.go_on)

        def go_on(self) -> None:
            type(self).tasks += 1

    def follow_up(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
        if message.recipient_value == "lin":
            queue("as well", uuid="mei")

    monkeypatch.setitem(NAMES, "at-once", f"{__name__}.AtOnce")
    monkeypatch.setitem(globals(), "AtOnce", AtOnce)
    use(settings, "worker")
    queue()
    settings.JOINCHAT_DELIVERY = {"DISPATCHER": "at-once"}
    with receiving(message_sent, follow_up):
        sweep_as_task()
    assert AtOnce.tasks == 1


def test_a_bot_that_cannot_send_does_not_hold_the_others_up(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(sweeping, "time", clock)

    def time_passes(**kwargs: Any) -> None:
        clock.now = sweeping.SWEEP_SECONDS

    bot = settings.JOINCHAT["default"]
    settings.JOINCHAT = {"default": bot, "broken": {**bot, "BACKEND": "no.such.Backend"}}
    use(settings, "worker")
    queue()
    use(settings, "Counting")
    with receiving(message_sent, time_passes), pytest.raises(ImproperlyConfigured):
        sweep_as_task()
    assert Counting.woken == 1
