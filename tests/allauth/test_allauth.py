"""django-allauth: the uuid that waits in a session is linked for its sign-up, too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import joinchat_django
from tests.programs import require_packages
from tests.scripts import run_python


@pytest.mark.processes
def test_its_sign_up_and_its_sign_in_link_what_waits() -> None:
    """It brings tables and middleware, so its tests run in a site of their own."""
    require_packages("allauth")
    flows = ["tests/allauth/sign_up_flows.py", "tests/allauth/sign_in_flows.py"]
    options = ["-q", "-p", "no:cacheprovider", "--ds", "tests.allauth.settings"]
    # In a database of its own, whatever this run's is.
    printed = run_python("-m", "pytest", *options, *flows, JOINCHAT_TEST_DATABASE="sqlite")
    assert " passed" in printed


def test_the_package_does_not_need_it() -> None:
    package = Path(joinchat_django.__file__).parent
    importing = re.compile(r"^\s*(from|import) allauth", re.MULTILINE)
    assert not [path for path in package.rglob("*.py") if importing.search(path.read_text())]
