"""Worker processes that tests start, stop and kill, and the server that they call."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection

from tests.scripts import ROOT, run_python
from tests.servers import Connection, LoopbackServer, Request
from tests.waiting import PATIENCE

SECRET = "the-secret-of-the-workers"


@dataclass
class Site:
    """A site whose bot calls ``api_url``, for processes of its own. Settings as in Django."""

    api_url: str
    delivery: dict[str, Any] = field(default_factory=dict)
    database: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        told = {
            "BOT": {
                "PAGE_ID": 12345,
                "API_SECRET": SECRET,
                "API_URL": self.api_url,
                "OPTIONS": {"proxies": {}, **self.options},
            },
            "DELIVERY": self.delivery,
            "DATABASE": self.database,
        }
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.delivery.worker_settings",
            "JOINCHAT_WORKER": json.dumps(told),
            "PYTHONPATH": str(ROOT),
        }

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end, and return what it printed."""
        return run_python("-m", "django", *arguments, **self.environment())

    @contextlib.contextmanager
    def workers(self, count: int, *options: str) -> Iterator[list[subprocess.Popen[str]]]:
        """Run so many workers; those that still run at the end are killed."""
        command = [sys.executable, "-m", "django", "joinchat_worker", *options]
        running = [
            subprocess.Popen(
                command,
                env=self.environment(),
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for _ in range(count)
        ]
        try:
            yield running
        finally:
            kill(running)


def site_of(server: LoopbackServer, **settings: Any) -> Site:
    """Return a site on the database of the running test."""
    if connection.vendor == "sqlite":
        pytest.skip("Needs a database server: JOINCHAT_TEST_DATABASE=postgresql or mariadb.")
    database = {"NAME": connection.settings_dict["NAME"]}
    return Site(server.url, database=database, **settings)


def kill(workers: list[subprocess.Popen[str]]) -> None:
    """Kill workers without a warning, and wait until they are gone."""
    for worker in workers:
        worker.kill()
    for worker in workers:
        worker.communicate(timeout=PATIENCE)


def stop(worker: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> str:
    """Ask a worker to stop, and return what it printed."""
    worker.send_signal(number)
    printed, _none = worker.communicate(timeout=PATIENCE)
    assert worker.returncode == 0, printed
    return printed


class Sink(LoopbackServer):
    """Accepts every message, after ``pause`` seconds, and keeps what arrived in order."""

    def __init__(self, pause: float = 0.0) -> None:
        super().__init__(self.take)
        self.pause = pause
        self.arrived: list[tuple[str, str]] = []

    def take(self, request: Request, connection: Connection) -> None:
        """Keep recipient and text."""
        data = json.loads(request.body)
        self.arrived.append((data["recipient"]["uuid"], data["message"]["text"]))
        if self.pause:
            time.sleep(self.pause)
        connection.reply('{"success": true}')
