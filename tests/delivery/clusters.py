"""A PostgreSQL cluster of a test's own, which may be stopped and started at will."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.programs import skip_or_fail
from tests.servers import free_port

#: Where Debian keeps the programs of its clusters.
PROGRAMS = Path("/usr/lib/postgresql")


@dataclass
class Cluster:
    """Answers on a port of loopback as user postgres, without a password."""

    programs: Path
    folder: Path
    port: int

    def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as somebody who is not root: it refuses root."""
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = [
                "setpriv",
                "--reuid=postgres",
                "--regid=postgres",
                "--clear-groups",
                *command,
            ]
        log = self.folder / "output"
        with log.open("ab") as output:
            ran = subprocess.run(
                command, stdout=output, stderr=output, cwd=self.folder, timeout=60, check=False
            )
        assert ran.returncode == 0, log.read_text()

    def start(self) -> None:
        """Start it, and return when it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        self.run("pg_ctl", "-D", str(self.data), "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop it as a power cut would."""
        self.run("pg_ctl", "-D", str(self.data), "-w", "-m", "immediate", "stop")

    @property
    def data(self) -> Path:
        return self.folder / "data"


@contextlib.contextmanager
def private_cluster() -> Iterator[Cluster]:
    """Run a new, empty cluster, or end the test where PostgreSQL's programs are missing."""
    found = sorted(PROGRAMS.glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not (found or on_path):
        skip_or_fail("This test needs PostgreSQL's server programs (initdb, pg_ctl).")
    programs = found[-1].parent if found else Path(str(on_path)).parent
    folder = Path(tempfile.mkdtemp(prefix="joinchat-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    cluster = Cluster(programs, folder, free_port())
    try:
        cluster.run("initdb", "-D", str(cluster.data), "-U", "postgres", "-A", "trust")
        cluster.start()
        yield cluster
    finally:
        with contextlib.suppress(AssertionError):
            cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
