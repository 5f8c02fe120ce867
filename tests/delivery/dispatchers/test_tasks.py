from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from django.utils.module_loading import import_string

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.checks import check_settings
from joinchat_django.models import OutboxMessage
from joinchat_django.signals import message_sent
from tests.programs import require_packages
from tests.receiving import receiving

from .examples import use

ME = Recipient(uuid="me")
TASK = "joinchat_django.delivery.dispatchers.tasks.deliver_due_task"


@pytest.fixture
def framework() -> str:
    """The name of the framework that this Django uses."""
    if find_spec("django.tasks"):
        return "django.tasks"
    require_packages("django_tasks")
    return "django_tasks"


@pytest.fixture
def backends(settings: Any, framework: str) -> Iterator[Callable[..., None]]:
    """Set the backends by alias, as `TASKS` of a site that starts with them."""
    handler = importlib.import_module(framework).task_backends

    def reset() -> None:
        handler.__dict__.pop("settings", None)
        for alias in ("default", "queued", "other"):
            if hasattr(handler._connections, alias):
                del handler[alias]

    def put(**entries: dict[str, Any]) -> None:
        settings.TASKS = {
            alias: {**entry, "BACKEND": f"{framework}.backends.{entry['BACKEND']}"}
            for alias, entry in entries.items()
        }
        reset()

    yield put
    del settings.TASKS
    reset()


IMMEDIATE = {"BACKEND": "immediate.ImmediateBackend"}
DUMMY = {"BACKEND": "dummy.DummyBackend"}


def ids() -> list[str]:
    return [str(message.id) for message in check_settings(app_configs=None)]


@pytest.mark.django_db(transaction=True)
def test_a_commit_enqueues_the_task_where_the_settings_say(
    settings: Any, backends: Callable[..., None], framework: str
) -> None:
    backends(default=DUMMY, other={**DUMMY, "QUEUES": ["a", "b"]})
    handler = importlib.import_module(framework).task_backends
    use(settings, "tasks")
    outbox.send(ME, Text("Hello"))
    use(settings, "tasks", TASK_BACKEND="other", TASK_QUEUE="b")
    outbox.send(ME, Text("Hello"))
    for alias, queue in [("default", "default"), ("other", "b")]:
        (result,) = handler[alias].results
        assert (result.task.module_path, result.task.queue_name) == (TASK, queue)
        assert (result.args, result.kwargs) == ([], {})


def test_a_worker_finds_the_task_by_its_path(settings: Any, backends: Callable[..., None]) -> None:
    backends(queued={**DUMMY, "QUEUES": ["messenger"]})
    use(settings, "tasks", TASK_BACKEND="queued", TASK_QUEUE="messenger")
    task = import_string(TASK)
    assert task.module_path == TASK
    assert task.name == "deliver_due_task"


def test_the_module_can_be_imported_whatever_queues_there_are(
    settings: Any, backends: Callable[..., None]
) -> None:
    backends(default={**DUMMY, "QUEUES": ["other"]})
    use(settings, "tasks", TASK_BACKEND="nowhere")
    importlib.reload(importlib.import_module("joinchat_django.delivery.dispatchers.tasks"))


@pytest.mark.django_db(transaction=True)
def test_the_immediate_backend_delivers_in_the_request(
    settings: Any, backends: Callable[..., None], delivered: list[Delivered]
) -> None:
    backends(default=IMMEDIATE)
    use(settings, "tasks")

    sweeps = []

    def follow_up(sender: Any, message: OutboxMessage, **kwargs: Any) -> None:
        sweeps.append([frame.function for frame in inspect.stack(0)].count("deliver_due"))
        if message.recipient_value == "me":
            outbox.send(Recipient(uuid="you"), Text("as well"))

    with receiving(message_sent, follow_up):
        outbox.send(ME, Text("Hello"))
    assert [one.envelope.recipient.uuid for one in delivered] == ["me", "you"]
    assert sweeps == [1, 1]  # No sweep runs within a sweep.


@pytest.mark.parametrize("backend", [IMMEDIATE, DUMMY])
def test_w002_a_backend_that_is_no_queue(
    settings: Any, backends: Callable[..., None], backend: dict[str, Any]
) -> None:
    backends(default=backend)
    assert ids() == []
    use(settings, "tasks")
    assert ids() == ["joinchat.W002"]


def test_w002_is_what_a_site_gets_that_has_no_tasks_yet(settings: Any, framework: str) -> None:
    use(settings, "tasks")
    (message,) = check_settings(app_configs=None)
    assert message.id == "joinchat.W002"
    assert message.hint


def test_e009_no_such_backend(settings: Any, backends: Callable[..., None]) -> None:
    backends(default=DUMMY, broken={"BACKEND": "no.such.Backend"})
    for alias in ("nowhere", "broken"):
        use(settings, "tasks", TASK_BACKEND=alias)
        assert ids() == ["joinchat.E009"]


def test_e009_no_such_queue(settings: Any, backends: Callable[..., None]) -> None:
    backends(default={**DUMMY, "QUEUES": ["a", "b"]}, other={**DUMMY, "QUEUES": []})
    use(settings, "tasks")
    (message,) = check_settings(app_configs=None)
    assert message.id == "joinchat.E009"
    assert "['a', 'b']" in str(message.hint)
    use(settings, "tasks", TASK_QUEUE="a")
    assert ids() == ["joinchat.W002"]
    # A backend without a list takes any queue.
    use(settings, "tasks", TASK_BACKEND="other", TASK_QUEUE="any")
    assert ids() == ["joinchat.W002"]
