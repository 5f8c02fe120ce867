"""Scripts that tests run in a process of their own: a site that is set up in another way."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from .waiting import PATIENCE

ROOT = Path(__file__).parents[1]


#: Seconds for what builds packages, or has pip fetch some.
BUILD_PATIENCE = 300.0


def run_python(
    *arguments: str, cwd: Path = ROOT, timeout: float = PATIENCE, **environment: str
) -> str:
    """Run Python with these arguments to its end, and return what it printed.

    It has this process's environment with some changes, and can import the package, its tests and
    the modules of its folder. If it fails, or takes more than ``timeout`` seconds, so does the
    test.
    """
    path = os.pathsep.join([str(cwd), str(ROOT)])
    ran = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": path, **environment},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout
