"""The example shop as ``manage.py demo`` serves it, and somebody who visits it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.inspection import DESK
from tests.browser.visitors import new_context

from .steps import Demonstration

ROOT = Path(__file__).parents[3]
SERVING = re.compile(r"The (shop|JoinChat sandbox) listens on (http://[^\s/]+)/")


@pytest.fixture(scope="package")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """``manage.py demo``, which has walked its own customer through and serves."""
    pytest.importorskip("environ", reason="The example shop needs django-environ.")
    database = tmp_path_factory.mktemp("demo") / "db.sqlite3"
    process = subprocess.Popen(
        [sys.executable, "example_project/manage.py", "demo", "--port=0", "--sandbox-port=0"],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": f"sqlite:///{database}",
            "DJANGO_SETTINGS_MODULE": "example.settings",
            "PYTHONPATH": str(ROOT),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout
    killer = threading.Timer(300, process.kill)  # if it never serves
    killer.start()
    try:
        said, found = [], {}
        for line in process.stdout:
            said.append(line)
            if match := SERVING.search(line):
                found[match[1]] = match[2]
            if "Ctrl-C" in line:
                break
        killer.cancel()
        assert len(found) == 2, "".join(said)
        yield Demonstration(found["shop"], found["JoinChat sandbox"])
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)
    assert process.returncode == 0, rest
    assert "Traceback" not in rest


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new visitor's window. An error of a script, or a part of a page that is missing, fails."""
    context = new_context(browser, viewport={"width": DESK, "height": 900})
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda answer: errors.append(answer.url) if answer.status > 399 else None)
    yield page
    context.close()
    # The admin has no icon of its own, which browsers look for all the same.
    assert not [error for error in errors if not error.endswith("/favicon.ico")]
