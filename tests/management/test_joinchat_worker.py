"""``joinchat_worker``: once, and as a process that goes on until it is told to stop."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from joinchat_django import outbox
from joinchat_django.api import Recipient, Text
from joinchat_django.backends.locmem import Delivered
from joinchat_django.models import OutboxMessage
from tests.delivery.workers import Sink, Site, stop
from tests.scripts import ROOT
from tests.waiting import PATIENCE, wait_until


def work(**options: Any) -> str:
    out = io.StringIO()
    call_command("joinchat_worker", once=True, stdout=out, **options)
    return out.getvalue().strip()


@pytest.mark.django_db
class TestOnce:
    def test_works_until_nothing_is_due(
        self, delivered: list[Delivered], left_to_a_worker: None
    ) -> None:
        for number in range(60):
            outbox.send(Recipient(uuid=str(number % 7)), Text(str(number)))
        assert work() == "60 sent"
        assert len(delivered) == 60
        assert not OutboxMessage.objects.exclude(status=OutboxMessage.Status.SENT).exists()
        assert work() == "Nothing is due."

    def test_may_be_kept_to_one_bot(
        self, delivered: list[Delivered], left_to_a_worker: None, second_bot: None
    ) -> None:
        outbox.send(Recipient(uuid="a"), Text("a"))
        outbox.send(Recipient(uuid="b"), Text("b"), bot="second")
        assert work(bot=["second"]) == "1 sent"
        assert [one.bot for one in delivered] == ["second"]

    def test_names_an_unknown_bot(self) -> None:
        with pytest.raises(CommandError, match="no bot 'third'"):
            work(bot=["third"])

    def test_names_a_backend_that_cannot_be_had(self, settings: Any) -> None:
        good = settings.JOINCHAT["default"]
        settings.JOINCHAT = {"default": {**good, "BACKEND": "joinchat_django.backends.NoSuch"}}
        with pytest.raises(CommandError, match="NoSuch"):
            work()

    @pytest.mark.parametrize("calls", ["0", "-1", "many", "1001"])
    def test_takes_no_concurrency_that_is_none(self, calls: str) -> None:
        with pytest.raises(CommandError, match="concurrency"):
            call_command("joinchat_worker", "--once", "--concurrency", calls)


@pytest.mark.processes
class TestAProcess:
    """A worker of its own, on a SQLite file."""

    @pytest.fixture
    def sink(self) -> Iterator[Sink]:
        with Sink(pause=0.05) as sink:
            yield sink

    @pytest.fixture
    def site(self, sink: Sink, tmp_path: Path) -> Site:
        database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "site.sqlite3")}
        site = Site(sink.url, {"CONCURRENCY": 2}, database)
        site.manage("migrate", "--verbosity=0")
        queue = "from tests.delivery.rows import *; queue_many(60, 60)"
        site.manage("shell", "-c", queue)
        return site

    def test_writes_plain_lines_where_there_is_no_terminal(self, site: Site, sink: Sink) -> None:
        with site.workers(1) as [worker]:
            wait_until(lambda: len(sink.arrived) == 60)
            printed = stop(worker)
        assert printed.split("\n") == ["60 sent", ""]

    def test_shows_a_line_that_goes_on_changing_on_a_terminal(self, site: Site, sink: Sink) -> None:
        ours, its = pty.openpty()
        worker = subprocess.Popen(
            [sys.executable, "-m", "django", "joinchat_worker", "--once"],
            env=site.environment(),
            cwd=ROOT,
            stdout=its,
            stderr=its,
        )
        os.close(its)
        printed = b""
        try:
            while chunk := os.read(ours, 4096):
                printed += chunk
        except OSError:
            pass  # So a terminal says that nobody writes to it any more.
        finally:
            os.close(ours)
        assert worker.wait(PATIENCE) == 0
        assert b" sent \xc2\xb7 " in printed
        assert b" a second" in printed
        assert printed.endswith(b"60 sent\r\n")

    def test_ends_at_once_at_the_second_signal(self, site: Site, sink: Sink) -> None:
        sink.answer = lambda request, connection: connection.left_by_client_within(PATIENCE)
        with site.workers(1) as [worker]:
            wait_until(lambda: sink.requests)
            worker.send_signal(signal.SIGTERM)
            # Until it has seen the first one, a second would be the same.
            wait_until(lambda: worker.send_signal(signal.SIGTERM) or worker.poll() is not None)
        assert worker.returncode == -signal.SIGTERM
