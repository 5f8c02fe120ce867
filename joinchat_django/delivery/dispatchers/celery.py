"""The dispatcher ``celery``: a task that a site's Celery workers run."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

from django.core.checks import CheckMessage
from django.core.checks import Warning as CheckWarning
from django.core.exceptions import ImproperlyConfigured

from joinchat_django import conf

from .base import Dispatcher
from .sweeping import sweep_as_task

try:
    import kombu.pools  # type: ignore[import-untyped,import-not-found,unused-ignore]
    from celery import shared_task  # type: ignore[import-untyped,import-not-found,unused-ignore]
except ImportError as error:
    raise ImproperlyConfigured(
        "JOINCHAT_DELIVERY['DISPATCHER'] is 'celery', and Celery is not installed: "
        "pip install celery."
    ) from error

#: Seconds for each step towards the broker: to connect, to be greeted, to be answered.
BROKER_SECONDS = 1.0

#: Seconds after which Celery ends the task, whatever limit the site has for its own: more than a
#: sweep and the longest ``deadline`` that the settings allow.
TIME_LIMIT = 900

#: The waits between attempts to reach the broker, in kombu's words.
_AT_ONCE = {"interval_start": 0, "interval_step": 0, "interval_max": 0}


@shared_task(  # type: ignore[untyped-decorator,misc,unused-ignore]
    name="joinchat_django.deliver_due",
    ignore_result=True,
    soft_time_limit=TIME_LIMIT,
    time_limit=TIME_LIMIT,
)
def deliver_due_task(goes_on: bool = False) -> None:
    """Deliver what is due, for a minute at most. Let Celery's beat send it, too.

    ``goes_on`` is this package's own affair.
    """
    sweep_as_task(goes_on=goes_on)


class CeleryDispatcher(Dispatcher):
    """Sends a task to the queue ``TASK_QUEUE``, or to where Celery's routes send it.

    A broker that is away holds a request for as little as it can: one that refuses connections not
    at all, one that takes them and does not answer for ``BROKER_SECONDS``, one that falls silent
    on an open connection for three times as long. The error is then logged.
    """

    def wake(self) -> None:
        self._send()

    def go_on(self) -> None:
        self._send(goes_on=True)

    @classmethod
    def check(cls) -> list[CheckMessage]:
        """Report a site without a Celery app of its own (W003)."""
        if _has_app():
            return []
        return [
            CheckWarning(
                "JOINCHAT_DELIVERY['DISPATCHER'] is 'celery', and the site has no Celery app: "
                "wake-ups would go to a broker at localhost.",
                hint="Import the app of proj/celery.py in proj/__init__.py, as Celery's guide for "
                "Django has it.",
                id="joinchat.W003",
            )
        ]

    def _send(self, **arguments: Any) -> None:
        queue = conf.delivery().task_queue
        with _producer(deliver_due_task.app) as producer:
            deliver_due_task.apply_async(
                kwargs=arguments,
                producer=producer,
                ignore_result=True,
                # A broker that was restarted has closed the connections that wait here.
                retry=True,
                retry_policy={"max_retries": _hosts(producer.connection), **_AT_ONCE},
                **({"queue": queue} if queue else {}),
            )


def _has_app() -> bool:
    """Tell whether the current app is anything else than the one that Celery makes if need be.

    Celery is not asked for it: it would make that one, and a later app would not take its place.
    A Celery that keeps its state elsewhere is taken to have one.
    """
    try:
        state: Any = import_module("celery._state")
        app = state._tls.current_app or state.default_app
    except (ImportError, AttributeError):
        return True
    if app is None:
        return bool({"CELERY_BROKER_URL", "CELERY_CONFIG_MODULE"}.intersection(os.environ))
    return app.set_as_current or bool(app.conf.broker_url)


def _hosts(connection: Any) -> int:
    """Return how many brokers there are to turn to."""
    return len(connection.alt) or 1


def _producer(app: Any) -> Any:
    """Return a producer from a pool of connections that give an unreachable broker up soon.

    Celery's own would try for seconds, and wait for a silent Redis without end.
    """
    connection = app.connection_for_write(connect_timeout=BROKER_SECONDS)
    connection.transport_options.update(
        max_retries=_hosts(connection),
        connect_retries_timeout=BROKER_SECONDS * _hosts(connection),
        **_AT_ONCE,
        # Redis
        socket_connect_timeout=BROKER_SECONDS,
        socket_timeout=BROKER_SECONDS,
        # AMQP
        write_timeout=BROKER_SECONDS,
    )
    pools: Any = kombu.pools
    pools.set_limit(app.conf.broker_pool_limit)
    return pools.producers[connection].acquire(block=True, timeout=BROKER_SECONDS)
