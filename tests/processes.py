"""Python in a process of its own, for a site whose settings are not the suite's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

#: Seconds after which a test gives up waiting, far more than any of them needs.
PATIENCE = 60.0


def run_python(*arguments: str, cwd: Path = ROOT, **environment: str) -> str:
    """Run Python to its end, with this package on its path, and return what it prints.

    Fails with all that it has said if its status is not 0.
    """
    ran = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
