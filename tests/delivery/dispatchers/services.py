"""Brokers that tests need of their machine, where they answer on their usual ports."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.programs import require_packages, skip_or_fail


def answers(port: int) -> bool:
    """Tell whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def require_service(name: str, port: int) -> None:
    """End the test unless something listens on a port of this machine."""
    if not answers(port):
        skip_or_fail(f"This test needs {name} on 127.0.0.1:{port}.")


@contextmanager
def redis_database() -> Iterator[str]:
    """Give the URL of a database of Redis that nobody else uses; it is emptied at the end."""
    require_packages("redis")
    require_service("Redis", 6379)
    import redis

    owner = secrets.token_hex(8)
    for number in range(15, 0, -1):
        url = f"redis://127.0.0.1:6379/{number}"
        with redis.Redis.from_url(url) as client:
            if client.dbsize() == 0 and client.set("joinchat-tests", owner, nx=True):
                try:
                    yield url
                finally:
                    client.flushdb()
                return
    skip_or_fail("Every database of Redis is in use.")


@contextmanager
def rabbitmq_queue() -> Iterator[tuple[str, str]]:
    """Give RabbitMQ's URL and the name of a new queue, which is deleted at the end."""
    require_packages("celery")
    require_service("RabbitMQ", 5672)
    from kombu import Connection, Exchange, Queue

    url = "amqp://guest:guest@127.0.0.1:5672//"
    name = f"joinchat-tests-{secrets.token_hex(4)}"
    try:
        yield url, name
    finally:
        with Connection(url) as connection:
            channel = connection.default_channel
            Queue(name, channel=channel).delete()
            Exchange(name, channel=channel).delete()
