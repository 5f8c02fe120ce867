"""Programs and packages that some tests need and that a machine may lack.

Without one of them a test skips and says why. Where the environment variable ``CI`` is ``true``,
everything of that has to be there and the test fails instead.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test for want of something; fail it where ``CI`` is ``true``."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} With CI=true this is a failure.", pytrace=False)
    pytest.skip(reason)


def require_program(*names: str) -> str:
    """Return the path of the first of these programs on PATH, or end the test without one."""
    for name in names:
        path = shutil.which(name)
        if path:
            return path
    skip_or_fail(f"This test needs {' or '.join(names)} on PATH.")


def require_packages(*names: str) -> None:
    """End the test unless these Python packages of the extras are there."""
    if missing := [name for name in names if not importlib.util.find_spec(name)]:
        skip_or_fail(
            f"This test needs {' and '.join(missing)}: pip install -e '.[dev,test,test-services]'."
        )


def chromium() -> str:
    """Return the path of a Chromium for Playwright to drive, or end the test without one."""
    return require_program(*CHROMIUM_NAMES)


def node_module(path: str) -> Path:
    """Return a file of an npm package, such as ``htmx.org/dist/htmx.min.js``, or end the test.

    ``JOINCHAT_TEST_NODE_MODULES`` names the folder ``node_modules`` that has the package.
    """
    file = Path(os.environ.get("JOINCHAT_TEST_NODE_MODULES", "")) / path
    if file.is_file():
        return file
    skip_or_fail(
        f"This test needs {path} of npm: JOINCHAT_TEST_NODE_MODULES has to name the folder "
        "node_modules that it is in."
    )


def axe_core() -> Path:
    """Return axe-core's ``axe.min.js``, or end the test."""
    return node_module("axe-core/axe.min.js")
