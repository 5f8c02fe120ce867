"""A database that goes away under a running worker: never lost, never doubled unless uncertain."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.programs import require_packages
from tests.waiting import wait_until

from .clusters import Cluster, private_cluster
from .workers import Sink, Site, stop

pytestmark = pytest.mark.processes

MESSAGES = 600


def test_a_worker_outlasts_restarts_of_postgresql() -> None:
    require_packages("psycopg")
    import psycopg

    def count(cluster: Cluster, status: str) -> int:
        address = f"host=127.0.0.1 port={cluster.port} user=postgres dbname=postgres"
        with psycopg.connect(address) as connection:
            found = connection.execute(
                "SELECT count(*) FROM joinchat_django_outboxmessage WHERE status = %s", [status]
            ).fetchone()
        return int(found[0]) if found else 0

    with private_cluster() as cluster, Sink(pause=0.02) as sink:
        database = {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "127.0.0.1",
            "PORT": cluster.port,
            "USER": "postgres",
            "NAME": "postgres",
        }
        # Rows of a claim that was cut off come back when their lease has run out.
        site = Site(
            sink.url, {"LEASE": 20.0, "CONCURRENCY": 4}, database, options={"deadline": 2.0}
        )
        site.manage("migrate", "--verbosity=0")
        site.manage("shell", "-c", f"from tests.delivery.rows import *; queue_many({MESSAGES}, 60)")
        with site.workers(1) as [worker]:
            for share in (0.2, 0.5):
                wait_until(lambda share=share: len(sink.arrived) > share * MESSAGES)
                cluster.stop()
                cluster.start()
            wait_until(lambda: count(cluster, "sent") == MESSAGES)
            printed = stop(worker)
    assert "cannot be" in printed
    arrived = Counter(sink.arrived)
    assert len(arrived) == MESSAGES
    # What was being written down when the power went is in doubt, nothing else.
    doubled = sum(times - 1 for times in arrived.values())
    print(f"{doubled} of {MESSAGES} messages arrived twice")  # noqa: T201
    assert not doubled
