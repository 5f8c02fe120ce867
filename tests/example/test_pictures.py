"""The README's pictures are taken of the running example."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.example.project import PROJECT, REPOSITORY, environment, manage
from tests.programs import chromium

PATIENCE = 300  # seconds


@pytest.mark.thorough
def test_the_command_takes_all_of_them(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    done = subprocess.run(
        manage("pictures", "--folder", str(folder), "--chromium", chromium()),
        cwd=REPOSITORY,
        env=environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    taken = {path.name for path in folder.iterdir()}
    assert taken == {path.name for path in (PROJECT / "pictures").iterdir()}
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.iterdir())
