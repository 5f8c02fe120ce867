"""The shop itself, whose tests run under its own settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.example.project import PATIENCE, REPOSITORY, environment


@pytest.mark.thorough
def test_the_shop_passes_its_own_tests(tmp_path: Path) -> None:
    """They are in ``tests/example/shop``, and need another process."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "tests/example/shop", "--ds=example.settings"),
            *("-o", "pythonpath=. example_project", "-p", "no:cacheprovider", "--no-header"),
        ],
        cwd=REPOSITORY,
        env=environment(tmp_path, DJANGO_SETTINGS_MODULE="example.settings"),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
