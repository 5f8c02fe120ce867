from __future__ import annotations

import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.checks import check_settings
from joinchat_django.delivery.dispatchers import get_dispatcher
from joinchat_django.models import OutboxMessage
from tests.programs import require_packages
from tests.servers import PATIENCE, free_port
from tests.waiting import wait_until

from .examples import use
from .processes import redis_server
from .relay import Relay
from .services import rabbitmq_queue

Status = OutboxMessage.Status
ME = Recipient(uuid="me")
TASK = "joinchat_django.deliver_due"


@pytest.fixture
def celery(settings: Any) -> Iterator[Callable[..., Any]]:
    """A site's Celery app for a broker, patient as Celery is."""
    require_packages("celery", "redis")
    from celery import Celery
    from kombu import pools

    def app(broker: str, **conf: Any) -> Any:
        made = Celery("site", broker=broker)
        made.conf.update(broker_connection_timeout=600, **conf)
        made.set_default()
        made.set_current()
        return made

    use(settings, "celery")
    yield app
    pools.reset()


def length(app: Any, queue: str) -> int:
    """Return how many tasks wait in a queue. What was published may not have arrived yet."""
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as waiting:
        return int(waiting.qsize())


def waiting(app: Any, queue: str) -> list[str]:
    """Take the names of the tasks that wait in a queue."""
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as waiting:
        names = []
        for _ in range(waiting.qsize()):
            message = waiting.get(timeout=PATIENCE)
            message.ack()
            names.append(message.headers["task"])
        return names


def wake() -> BaseException | None:
    """Wake the dispatcher, and return what it raises. The test fails if it takes too long."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            get_dispatcher().wake()
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "the broker holds the request"
    return raised[0] if raised else None


@pytest.mark.django_db(transaction=True)
def test_a_commit_sends_the_task_where_the_settings_or_celerys_routes_say(
    settings: Any, celery: Callable[..., Any]
) -> None:
    app = celery("memory://", task_routes={TASK: {"queue": "routed"}})
    assert outbox.send(ME, Text("Hello")).status == Status.QUEUED
    assert waiting(app, "routed") == [TASK]
    use(settings, "celery", TASK_QUEUE="messenger")
    outbox.send(ME, Text("Hello"))
    assert waiting(app, "messenger") == [TASK]
    assert waiting(app, "routed") == []


@pytest.mark.django_db(transaction=True)
def test_the_task_delivers_what_is_due(
    celery: Callable[..., Any], delivered: list[Delivered]
) -> None:
    app = celery("memory://")
    outbox.send(ME, Text("Hello"))
    assert not delivered
    app.tasks[TASK].apply(throw=True)
    assert len(delivered) == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_refuses_connections_costs_a_wake_up_and_no_message(
    celery: Callable[..., Any], scheme: str
) -> None:
    celery(f"{scheme}://127.0.0.1:{free_port()}")
    assert "refused" in str(wake())
    assert outbox.send(ME, Text("Hello")).status == Status.QUEUED


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_takes_connections_and_is_silent_does_not_hold_a_request(
    celery: Callable[..., Any], scheme: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        celery(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
        assert "time" in str(wake()).lower()


def test_one_broker_of_a_list_takes_what_the_others_refuse(
    celery: Callable[..., Any],
) -> None:
    with rabbitmq_queue() as (url, queue):
        refusing = [f"amqp://127.0.0.1:{free_port()}" for _ in range(2)]
        app = celery([*refusing, url], task_default_queue=queue)
        assert wake() is None
        app.conf.broker_url = url
        wait_until(lambda: length(app, queue) == 1)
        assert waiting(app, queue) == [TASK]


def test_a_restart_of_the_broker_between_two_requests_costs_no_wake_up(
    celery: Callable[..., Any],
) -> None:
    with rabbitmq_queue() as (url, queue), Relay(5672) as relay:
        app = celery(url.replace("5672", str(relay.port)), task_default_queue=queue)
        assert wake() is None
        wait_until(lambda: length(app, queue) == 1)
        relay.cut()
        assert wake() is None
        wait_until(lambda: length(app, queue) == 2)


class TestCheck:
    @pytest.fixture(autouse=True)
    def no_app(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        """A process that has imported no Celery app."""
        require_packages("celery")
        from celery import _state

        monkeypatch.setattr(_state, "default_app", None)
        monkeypatch.setattr(_state._tls, "current_app", None)
        use(settings, "celery")

    @staticmethod
    def ids() -> list[str | None]:
        return [message.id for message in check_settings(app_configs=None)]

    def test_w003_no_app(self) -> None:
        from celery import _state

        assert self.ids() == ["joinchat.W003"]
        # Celery was not made to make one, whose place no later app would take.
        assert _state.default_app is None

    def test_says_nothing_of_a_celery_that_keeps_its_state_elsewhere(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "celery._state", None)
        assert self.ids() == []

    def test_w003_no_app_but_the_one_that_celery_makes_for_those_who_ask(self) -> None:
        from celery import current_app

        assert current_app.main == "default"
        assert self.ids() == ["joinchat.W003"]

    def test_an_app_without_a_broker_of_its_own_is_one(self) -> None:
        from celery import Celery

        app = Celery("site")
        assert self.ids() == []
        app.close()

    def test_an_app_that_another_thread_has_imported_is_one(self) -> None:
        from celery import Celery

        app = Celery("site")
        app.set_default()
        found: list[list[str | None]] = []
        thread = threading.Thread(target=lambda: found.append(self.ids()))
        thread.start()
        thread.join(PATIENCE)
        assert found == [[]]
        app.close()

    @pytest.mark.parametrize("is_asked_for", [True, False])
    def test_a_broker_that_the_environment_names_needs_no_app(
        self, monkeypatch: pytest.MonkeyPatch, is_asked_for: bool
    ) -> None:
        from celery import current_app

        monkeypatch.setenv("CELERY_BROKER_URL", "memory://")
        if is_asked_for:
            assert current_app.main == "default"
        assert self.ids() == []


@pytest.mark.processes
def test_a_broker_that_falls_silent_does_not_hold_a_request(
    celery: Callable[..., Any], tmp_path: Path
) -> None:
    port = free_port()
    with redis_server(port, tmp_path) as broker:
        celery(f"redis://127.0.0.1:{port}")
        assert wake() is None
        broker.send_signal(signal.SIGSTOP)
        try:
            assert "time" in str(wake()).lower()
        finally:
            broker.send_signal(signal.SIGCONT)
        assert wake() is None
