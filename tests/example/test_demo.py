"""``manage.py demo``, run as a newcomer does: once, again, and with a sandbox that refuses."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.example.project import PATIENCE, REPOSITORY, environment, manage

pytestmark = pytest.mark.thorough

SERVING = "Both go on until Ctrl-C."


@dataclass(frozen=True)
class Run:
    """A run of the command that has ended."""

    status: int
    transcript: str
    log: str

    def address(self, server: str) -> str:
        """Return where the transcript says that a server listens."""
        found = re.search(rf"The {server} listens on (http://\S+)/\n", self.transcript)
        assert found, self.transcript
        return found[1]


def demo(folder: Path, *arguments: str, meanwhile: Callable[[str], None] | None = None) -> Run:
    """Run the command; once it serves, call ``meanwhile`` with the transcript, and stop it."""
    process = subprocess.Popen(
        manage("demo", *arguments),
        cwd=REPOSITORY,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    transcript = ""
    try:
        if meanwhile:
            assert process.stdout
            for line in process.stdout:
                transcript += line
                if SERVING in line:
                    meanwhile(transcript)
                    break
            process.send_signal(signal.SIGTERM)
        rest, log = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    return Run(process.returncode, transcript + rest, log)


@dataclass
class Runs:
    """One run at a new site; two at another, refused and then not."""

    first: Run
    refused: Run
    second: Run
    #: What the addresses show that the first run names, by their names.
    pages: dict[str, str]
    #: Ports that the second run was asked to use and that were taken.
    taken: list[int]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Made once, the two sites beside each other, to spare time."""
    pages: dict[str, str] = {}
    taken: list[int] = []

    def visit(transcript: str) -> None:
        for name, address in re.findall(r"(?m)^  (Shop|Admin|Sandbox inbox) +(\S+)", transcript):
            with requests.Session() as visitor:
                visitor.trust_env = False
                pages[name] = visitor.get(address, timeout=PATIENCE).text

    def refuse_and_run_again(folder: Path) -> tuple[Run, Run]:
        refused = demo(folder, "--exit", "--refuse")
        with ExitStack() as servers:
            for _ in range(2):
                server = servers.enter_context(socket.create_server(("127.0.0.1", 0)))
                taken.append(server.getsockname()[1])
            ports = ("--port", str(taken[0]), "--sandbox-port", str(taken[1]))
            return refused, demo(folder, "--exit", *ports)

    with ThreadPoolExecutor() as pool:
        first = pool.submit(demo, tmp_path_factory.mktemp("new"), meanwhile=visit)
        others = pool.submit(refuse_and_run_again, tmp_path_factory.mktemp("refused"))
        return Runs(first.result(), *others.result(), pages, taken)


def test_every_step_of_a_first_run_happens(runs: Runs) -> None:
    transcript = runs.first.transcript
    steps = [line.strip() for line in transcript.splitlines() if line.startswith("  ✓ ")]
    assert "✗" not in transcript
    assert len(steps) == 18
    assert any("coupon TEA-" in step for step in steps)
    assert 'for Lin 小琳 & "Tom"' in transcript
    assert steps[-3:] == [
        "✓ The sandbox has checked signature and limits, and accepted the receipt.",
        "✓ The shipping news are there, too, with the tag SHIPPING_UPDATE.",
        "✓ The outbox row says sent.",
    ]


def test_it_serves_what_it_names_until_it_is_stopped_and_stops_cleanly(runs: Runs) -> None:
    assert sorted(runs.pages) == ["Admin", "Sandbox inbox", "Shop"]
    assert "Fern &amp; Kettle" in runs.pages["Shop"]
    assert "csrfmiddlewaretoken" in runs.pages["Admin"]
    assert "A-0001" in runs.pages["Sandbox inbox"]
    assert runs.first.transcript.endswith("\nStopped.\n")
    assert (runs.first.status, runs.first.log) == (0, "")


def test_a_second_run_works_even_after_a_refusal_and_ends_by_itself(runs: Runs) -> None:
    assert (runs.second.status, runs.second.log) == (0, "")
    assert "The bot was paused since a refusal, and may send again." in runs.second.transcript
    assert "order A-0002" in runs.second.transcript
    assert "The outbox row says sent." in runs.second.transcript
    assert SERVING not in runs.second.transcript


def test_a_busy_port_gets_another_one(runs: Runs) -> None:
    used = {runs.second.address(server) for server in ("shop", "JoinChat sandbox")}
    assert len(used) == 2
    assert used.isdisjoint(f"http://127.0.0.1:{port}" for port in runs.taken)


def test_a_sandbox_that_refuses_makes_it_fail_and_say_why(runs: Runs) -> None:
    assert runs.refused.status == 1
    failures = [line for line in runs.refused.transcript.splitlines() if line.startswith("  ✗ ")]
    assert len(failures) == 5
    assert "It refused with 401: the signature does not match" in failures[0]
    assert "The outbox row says queued; error: " in failures[-1]
    assert "sandbox-secret" not in runs.refused.transcript + runs.refused.log
