"""The dispatcher ``tasks``: a task of Django's own framework, or of its backport.

The task is the attribute ``deliver_due_task`` of this module. It is built anew whenever somebody
asks for it, for the backend and the queue that the settings name then, so that this module can be
imported whatever queues a site has.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from joinchat_django import conf

from .base import Dispatcher
from .sweeping import sweep_as_task

#: What the backends do that are no queue, by their names in either framework.
_NO_QUEUES = {
    "backends.immediate.ImmediateBackend": (
        "runs tasks in the request, which a slow JoinChat then holds for up to a minute"
    ),
    "backends.dummy.DummyBackend": "runs no task, so nothing is delivered",
}


def _framework() -> Any:
    for name in ("django.tasks", "django_tasks"):
        if find_spec(name):
            return import_module(name)
    raise ImproperlyConfigured(
        "JOINCHAT_DELIVERY['DISPATCHER'] is 'tasks', which needs Django 6.0 or its backport: "
        "pip install django-tasks."
    )


_tasks = _framework()


def _deliver_due_task(goes_on: bool = False) -> None:
    sweep_as_task(goes_on=goes_on)


# A task's path is made of these; a worker that imports it comes to __getattr__.
_deliver_due_task.__name__ = _deliver_due_task.__qualname__ = "deliver_due_task"


def __getattr__(name: str) -> Any:
    if name == "deliver_due_task":
        alias, queue = conf.delivery().task_backend, _queue()
        return _tasks.task(backend=alias, queue_name=queue)(_deliver_due_task)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _queue() -> str:
    return conf.delivery().task_queue or str(_tasks.DEFAULT_TASK_QUEUE_NAME)


class TasksDispatcher(Dispatcher):
    """Enqueues a task on the queue ``TASK_QUEUE`` of ``TASKS[TASK_BACKEND]``."""

    def wake(self) -> None:
        __getattr__("deliver_due_task").enqueue()

    def go_on(self) -> None:
        __getattr__("deliver_due_task").enqueue(goes_on=True)

    @classmethod
    def check(cls) -> list[CheckMessage]:
        """Report a backend or a queue that there is not (E009), and one that is no queue (W002)."""
        alias, queue = conf.delivery().task_backend, _queue()
        try:
            backend = _tasks.task_backends[alias]
        except ImproperlyConfigured as error:
            message = f"JOINCHAT_DELIVERY['TASK_BACKEND'] is {alias!r}: {error}"
            hint = "Name an alias of TASKS."
            return [Error(message, hint=hint, id="joinchat.E009")]
        if backend.queues and queue not in backend.queues:
            message = f"Tasks for JoinChat go to the queue {queue!r}, which TASKS[{alias!r}] lacks."
            hint = f"Set JOINCHAT_DELIVERY['TASK_QUEUE'] to one of {sorted(backend.queues)}."
            return [Error(message, hint=hint, id="joinchat.E009")]
        ancestors = [f"{kind.__module__}.{kind.__qualname__}" for kind in type(backend).__mro__]
        return [
            CheckWarning(
                f"TASKS[{alias!r}] {does}.",
                hint="Choose a backend with workers, or another JOINCHAT_DELIVERY['DISPATCHER'].",
                id="joinchat.W002",
            )
            for name, does in _NO_QUEUES.items()
            if {f"django.tasks.{name}", f"django_tasks.{name}"}.intersection(ancestors)
        ]
