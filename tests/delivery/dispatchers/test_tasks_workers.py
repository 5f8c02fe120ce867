"""Real workers of ``django.tasks``, or of its backport: each message arrives exactly once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django
import pytest

from joinchat_django.sandbox.server import SandboxServer
from tests.delivery.rows import texts
from tests.programs import require_packages

from .processes import Site
from .services import redis_database

pytestmark = pytest.mark.processes

SENT = [str(number) for number in range(10)]


def tasks_site(
    folder: Path, sandbox: SandboxServer, app: str, backend: dict[str, Any], **settings: Any
) -> Site:
    if django.VERSION < (6,):
        require_packages("django_tasks")
    return Site(
        folder,
        sandbox.api_url,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            app,
            "joinchat_django",
        ],
        TASKS={"queued": backend},
        JOINCHAT_DELIVERY={
            "DISPATCHER": "tasks",
            "TASK_BACKEND": "queued",
            "TASK_QUEUE": "messenger",
        },
        **settings,
    )


def test_by_the_worker_of_django_tasks_db(tmp_path: Path, sandbox: SandboxServer) -> None:
    require_packages("django_tasks_db")
    backend = {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["other", "messenger"]}
    with tasks_site(tmp_path, sandbox, "django_tasks_db", backend) as site:
        assert set(site.send(*SENT)) == {"queued"}
        assert texts(sandbox) == []
        worker = ("django", "db_worker", "--backend", "queued", "--queue-name", "messenger")
        site.run(*worker, "--batch", "--no-startup-delay")
        assert texts(sandbox) == SENT
        # A worker that finds nothing due has nothing to do.
        site.run(*worker, "--batch", "--no-startup-delay")
    assert texts(sandbox) == SENT


def test_by_the_worker_of_django_tasks_rq(tmp_path: Path, sandbox: SandboxServer) -> None:
    require_packages("django_tasks_rq", "django_rq")
    backend = {"BACKEND": "django_tasks_rq.RQBackend", "QUEUES": ["messenger"]}
    with redis_database() as url:
        queues = {"RQ_QUEUES": {"messenger": {"URL": url}}}
        with tasks_site(tmp_path, sandbox, "django_rq", backend, **queues) as site:
            assert set(site.send(*SENT)) == {"queued"}
            assert texts(sandbox) == []
            job = ("--job-class", "django_tasks_rq.Job")
            site.run("django", "rqworker", "messenger", "--burst", *job)
            assert texts(sandbox) == SENT
    assert "Traceback" not in site.log.read_text()
