"""Real Celery workers on real brokers: each message arrives exactly once."""

from __future__ import annotations

from pathlib import Path

import pytest

from joinchat_django.sandbox.server import SandboxServer
from tests.delivery.rows import texts
from tests.programs import require_packages
from tests.servers import free_port
from tests.waiting import PATIENCE, wait_until

from .processes import Site, redis_server
from .services import rabbitmq_queue, redis_database

pytestmark = pytest.mark.processes

WORKER = (
    *("celery", "-A", "tests.delivery.dispatchers.site.celery", "worker", "--loglevel", "INFO"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
)


def celery_site(folder: Path, sandbox: SandboxServer, broker: str, queue: str | None) -> Site:
    require_packages("celery")
    delivery = {"DISPATCHER": "celery", "TASK_QUEUE": queue}
    return Site(folder, sandbox.api_url, JOINCHAT_DELIVERY=delivery, CELERY_BROKER_URL=broker)


def wait_until_idle(url: str) -> None:
    """Wait until no task waits or runs: Redis that goes sooner can take Celery's worker along."""
    import redis

    with redis.Redis.from_url(url) as client:
        wait_until(lambda: not client.llen("celery") and not client.hlen("unacked"))


def test_over_redis(tmp_path: Path, sandbox: SandboxServer) -> None:
    with redis_database() as url, celery_site(tmp_path, sandbox, url, None) as site:
        site.start(*WORKER, "--pool", "prefork", "--concurrency", "2")
        sent = [str(number) for number in range(10)]
        assert set(site.send(*sent)) == {"queued"}
        sandbox.inbox.wait_for(len(sent), PATIENCE)
        site.close()
    assert texts(sandbox) == sent


def test_over_rabbitmq(tmp_path: Path, sandbox: SandboxServer) -> None:
    with rabbitmq_queue() as (url, queue), celery_site(tmp_path, sandbox, url, queue) as site:
        site.start(*WORKER, "--pool", "solo", "--queues", queue)
        sent = [str(number) for number in range(10)]
        assert set(site.send(*sent)) == {"queued"}
        sandbox.inbox.wait_for(len(sent), PATIENCE)
        site.close()
    assert texts(sandbox) == sent


def test_a_broker_that_is_stopped_and_started_loses_nothing(
    tmp_path: Path, sandbox: SandboxServer
) -> None:
    port = free_port()
    url = f"redis://127.0.0.1:{port}/0"
    with celery_site(tmp_path, sandbox, url, None) as site:
        with redis_server(port, tmp_path):
            worker = site.start(*WORKER, "--pool", "solo")
            site.send("a", "b")
            sandbox.inbox.wait_for(2, PATIENCE)
            wait_until_idle(url)
        assert site.send("c", "d") == ["queued", "queued"]
        assert "Error calling _WakeUp.run in on_commit()" in site.log.read_text()
        assert texts(sandbox) == ["a", "b"]
        with redis_server(port, tmp_path):
            site.send("e")
            sandbox.inbox.wait_for(5, PATIENCE)
            assert worker.poll() is None
            site.close()
    assert texts(sandbox) == ["a", "b", "c", "d", "e"]
