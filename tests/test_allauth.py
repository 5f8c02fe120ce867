"""django-allauth: the uuid that waits in a session is linked for its sign-up, too."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import joinchat_django
from tests.delivery.workers import PATIENCE, ROOT
from tests.programs import skip_or_fail


@pytest.mark.processes
def test_its_sign_up_and_its_sign_in_link_what_waits() -> None:
    """It brings tables and middleware, so its tests run in a site of their own."""
    if importlib.util.find_spec("allauth") is None:
        skip_or_fail("This test needs django-allauth.")
    flows = ["tests/allauth/sign_up_flows.py", "tests/allauth/sign_in_flows.py"]
    options = ["-q", "-p", "no:cacheprovider", "--ds", "tests.allauth.settings"]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *flows],
        # In a database of its own, whatever this run's is.
        env={**os.environ, "JOINCHAT_TEST_DATABASE": "sqlite"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


def test_the_package_does_not_need_it() -> None:
    package = Path(joinchat_django.__file__).parent
    sources = {path.name: path.read_text() for path in package.rglob("*.py")}
    importing = re.compile(r"^\s*(from|import) allauth", re.MULTILINE)
    assert not [name for name, source in sources.items() if importing.search(source)]
