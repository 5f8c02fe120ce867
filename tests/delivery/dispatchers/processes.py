"""A site's processes: started, fed, waited for with a bound, and ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.programs import require_program
from tests.scripts import ROOT
from tests.waiting import PATIENCE, wait_until

from .services import answers


@contextmanager
def running(
    *command: str, log: Path, environment: dict[str, str] | None = None, output: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Run a program, and end it at the end. What it says goes to the log."""
    with log.open("a") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output or file,
            stderr=file,
            encoding="utf-8",
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()


@contextmanager
def redis_server(port: int, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run a Redis that keeps nothing when it ends, or end the test without the program."""
    program = require_program("redis-server")
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
    log = folder / "redis.log"
    with running(program, *options, log=log) as process:
        wait_until(lambda: process.poll() is not None or answers(port))
        assert process.poll() is None, log.read_text()
        yield process


class Site:
    """A site with a database in a folder of its own. Use it in a ``with``.

    It serves requests from the start; ``settings`` are its settings besides the usual ones.
    """

    def __init__(self, folder: Path, api_url: str, **settings: Any) -> None:
        self.log = folder / "site.log"
        bot = {"PAGE_ID": 12345, "API_SECRET": "the-secret-of-the-tests", "API_URL": api_url}
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "site.sqlite3")}
        settings = {"JOINCHAT": {"default": bot}, "DATABASES": {"default": database}, **settings}
        self._environment = {
            **{name: value for name, value in os.environ.items() if "PYTEST" not in name},
            "DJANGO_SETTINGS_MODULE": "tests.delivery.dispatchers.site.settings",
            # A test may write modules of the site into its folder.
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(folder)]),
            # The checks would import the dispatcher, too, and a site may skip them.
            "CELERY_SKIP_CHECKS": "1",
            "SITE_SETTINGS": json.dumps(settings),
        }
        self._processes = ExitStack()

    def __enter__(self) -> Site:
        web = "tests.delivery.dispatchers.site.web"
        self._web = self.start(web, output=subprocess.PIPE)
        assert self._answer() == "ready", self.log.read_text()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def start(self, *module: str, output: int | None = None) -> subprocess.Popen[str]:
        """Start a module with its arguments, in a process that ends with the site."""
        return self._processes.enter_context(
            running(
                *(sys.executable, "-m", *module),
                log=self.log,
                environment=self._environment,
                output=output,
            )
        )

    def run(self, *module: str) -> None:
        """Run a module with its arguments in a process, to its end."""
        process = self.start(*module)
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, self.log.read_text()

    def send(self, *texts: str) -> list[str]:
        """Send messages, each in a request of its own, and return the statuses of their rows."""
        assert self._web.stdin
        statuses = []
        for text in texts:
            print(text, file=self._web.stdin, flush=True)
            statuses.append(self._answer())
            assert statuses[-1], self.log.read_text()
        return statuses

    def close(self) -> None:
        """End every process, the latest first. Nothing is sent any more."""
        self._processes.close()

    def _answer(self) -> str:
        assert self._web.stdout
        giving_up = threading.Timer(PATIENCE, self._web.kill)
        giving_up.start()
        try:
            return self._web.stdout.readline().rstrip("\n")
        finally:
            giving_up.cancel()
