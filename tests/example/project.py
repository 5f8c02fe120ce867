"""Running the example project's ``manage.py`` as a developer does, in a process of its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = REPOSITORY / "example_project"

#: Seconds after which a process that should have ended is given up.
PATIENCE = 60


def environment(folder: Path, **values: str) -> dict[str, str]:
    """Return an environment with an empty home and the database in ``folder``.

    It does not depend on a ``.env`` beside ``manage.py``, since the environment wins.
    """
    home = folder / "home"
    home.mkdir(exist_ok=True)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DJANGO_", "PYTEST_", "JOINCHAT_"))
    }
    return {
        **kept,
        "HOME": str(home),
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONIOENCODING": "utf-8",
        "DEBUG": "True",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        **values,
    }


def manage(*arguments: str) -> list[str]:
    """Return the command line of ``manage.py``, with every warning an error."""
    return [sys.executable, "-W", "error", str(PROJECT / "manage.py"), *arguments]
